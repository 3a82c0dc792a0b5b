#include "kit/base/breaker.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

using namespace std::chrono_literals;
using Change = Breaker::Change;

class BreakerTest : public testing::Test {
 protected:
    Breaker breaker{{.failures_max = 3, .probe_first = 100ms, .probe_last = 300ms}};
    SteadyTime now{1h};

    void open() {
        for (int i = 0; i < 3; ++i) breaker.on_failure(now);
    }
};

TEST_F(BreakerTest, failures_in_a_row_open_it_and_a_success_between_starts_anew) {
    EXPECT_EQ(breaker.on_failure(now), Change::none);
    EXPECT_EQ(breaker.on_failure(now), Change::none);
    EXPECT_EQ(breaker.on_success(), Change::none);
    EXPECT_EQ(breaker.on_failure(now), Change::none);
    EXPECT_EQ(breaker.on_failure(now), Change::none);
    EXPECT_TRUE(breaker.allows(now));
    EXPECT_EQ(breaker.on_failure(now), Change::opened);
    EXPECT_FALSE(breaker.allows(now));
}

TEST_F(BreakerTest, one_probe_at_a_time_is_let_through) {
    open();
    now += 100ms;
    EXPECT_TRUE(breaker.would_allow(now));
    EXPECT_TRUE(breaker.allows(now));
    EXPECT_FALSE(breaker.would_allow(now));
    EXPECT_FALSE(breaker.allows(now));
    EXPECT_EQ(breaker.on_success(), Change::closed);
    EXPECT_TRUE(breaker.allows(now));
}

TEST_F(BreakerTest, probes_that_fail_come_ever_more_seldom_up_to_a_bound) {
    open();
    for (const auto pause : {100ms, 200ms, 300ms, 300ms}) {
        EXPECT_FALSE(breaker.allows(now + pause - 1ns));
        now += pause;
        ASSERT_TRUE(breaker.allows(now));
        EXPECT_EQ(breaker.on_failure(now), Change::none);
    }
}

TEST_F(BreakerTest, what_was_under_way_when_it_opened_does_not_count_as_probes) {
    open();
    for (int i = 0; i < 50; ++i) breaker.on_failure(now + 1ms);
    EXPECT_TRUE(breaker.allows(now + 100ms));
}

TEST_F(BreakerTest, a_probe_of_which_nothing_is_heard_is_followed_by_another) {
    open();
    now += 100ms;
    EXPECT_TRUE(breaker.allows(now));
    EXPECT_TRUE(breaker.allows(now + 100ms));
}

TEST_F(BreakerTest, once_closed_the_pause_is_short_again) {
    open();
    now += 100ms;
    breaker.allows(now);
    breaker.on_failure(now);
    now += 200ms;
    breaker.allows(now);
    breaker.on_success();
    open();
    EXPECT_TRUE(breaker.allows(now + 100ms));
}

}  // namespace
}  // namespace tw
