#include "kit/base/backoff.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, the_bound_doubles_up_to_the_last) {
    Backoff backoff{{.first = 50ms, .last = 300ms}};
    for (const auto bound : {50ms, 100ms, 200ms, 300ms, 300ms}) EXPECT_EQ(backoff.next(1.0), bound);
}

TEST(Backoff, a_pause_is_a_random_part_of_the_bound) {
    Backoff full{{.first = 100ms, .last = 1s}};
    EXPECT_EQ(full.next(0.0), 0ms);
    EXPECT_EQ(full.next(0.5), 100ms);
    Backoff half{{.first = 100ms, .last = 1s, .part_least = 0.5}};
    EXPECT_EQ(half.next(0.0), 50ms);
    EXPECT_EQ(half.next(0.5), 150ms);
    Backoff varied{{.first = 100ms, .last = 1s, .part_least = 0.75, .part_most = 1.25}};
    EXPECT_EQ(varied.next(0.0), 75ms);
    EXPECT_EQ(varied.next(1.0), 250ms);
}

TEST(Backoff, growth_may_be_slower_than_doubling) {
    Backoff backoff{{.first = 1s, .last = 5s, .growth = 1.5}};
    EXPECT_EQ(backoff.next(1.0), 1s);
    EXPECT_EQ(backoff.next(1.0), 1500ms);
    EXPECT_EQ(backoff.next(1.0), 2250ms);
}

TEST(Backoff, growth_never_overflows) {
    Backoff backoff{{.first = 1h, .last = 24h * 365, .growth = 1e6}};
    for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.next(1.0), 24h * 365);
}

TEST(Backoff, a_reset_begins_again_with_the_first_bound) {
    Backoff backoff{{.first = 50ms, .last = 300ms}};
    backoff.next(1.0);
    backoff.next(1.0);
    backoff.reset();
    EXPECT_EQ(backoff.next(1.0), 50ms);
}

}  // namespace
}  // namespace tw
