#include "kit/cache/invalidations.hpp"
#include "kit/cache/local_cache.hpp"
#include "kit/testing/fake_clock.hpp"

#include <array>
#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 2;
constexpr int kRounds = 20'000;

/// Runs `work` on two threads that begin together.
template <class Work>
void run_on_two_threads(Work work) {
    std::latch start{kThreads};
    std::vector<std::jthread> threads;
    for (int number = 0; number < kThreads; ++number) {
        threads.emplace_back([&start, &work, number] {
            start.arrive_and_wait();
            for (int round = 0; round < kRounds; ++round) work(number, round);
        });
    }
}

// ThreadSanitizer finds a missing lock in these tests. Without it they check what the classes
// promise.

TEST(SharedLocalCacheTest, no_thread_sees_a_row_that_is_older_than_an_announcement_that_has_returned) {
    const test::FakeClock clock;
    // The cache has few entries, so that both threads also evict each other's.
    LocalCache cache{clock, {.entries_max = 64}};
    struct Row {
        std::atomic<std::int64_t> version{1};
        std::atomic<std::int64_t> announced{0};
    };
    std::array<Row, 8> rows;
    std::atomic<int> hits = 0;
    run_on_two_threads([&](int number, int round) {
        const auto index = static_cast<std::size_t>(round * 7 + number) % rows.size();
        auto& row = rows[index];
        const auto key = "row" + std::to_string(index);
        const auto announced = row.announced.load();
        const auto found = cache.lookup(key);
        if (found.outcome == Lookup::Outcome::hit) {
            ++hits;
            EXPECT_GE(found.version, announced);
            EXPECT_EQ(*found.value, std::to_string(found.version));
        } else if (found.lease != 0) {
            const auto version = row.version.load();
            cache.put(key, {found.lease, version, std::make_shared<const std::string>(std::to_string(version)), 1h});
        }
        if (round % 5 == number) {
            const auto version = ++row.version;
            cache.forget(key, version);
            auto known = row.announced.load();
            while (known < version && !row.announced.compare_exchange_weak(known, version)) {
            }
        }
        // These entries of other keys evict those that were not used for long.
        if (round % 11 == 0) cache.put(key + "x", {cache.lookup(key + "x").lease, 1, nullptr, 1h});
        if (round % 4'999 == 0) cache.clear();
        if (round % 97 == 0) {
            EXPECT_LE(cache.usage().entries, 64U);
        }
    });
    EXPECT_GT(hits, 1000);
}

TEST(SharedInvalidationsTest, what_one_thread_tells_the_other_knows) {
    Invalidations invalidations;
    const SteadyTime now{1h};
    run_on_two_threads([&](int number, int round) {
        const auto own = "own" + std::to_string(number);
        const auto before = invalidations.epoch(own);
        invalidations.on_changed(own);
        EXPECT_NE(invalidations.epoch(own), before);
        invalidations.doubt(own, round + 1, now, now + 10s);
        EXPECT_TRUE(invalidations.doubted(own, now).in_doubt);
        invalidations.doubt("shared", round + 1, now, now + 10s);
        invalidations.trust("shared", round + 1);
        invalidations.trust(own, round + 1);
        EXPECT_FALSE(invalidations.doubted(own, now).in_doubt);
    });
    invalidations.trust("shared", kRounds);
    EXPECT_EQ(invalidations.doubts(), 0U);
}

}  // namespace
}  // namespace tw::cache
