#include "kit/cache/local_rate_limiter.hpp"

#include "kit/async/run.hpp"
#include "kit/testing/fake_clock.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

constexpr auto kThreeASecond = Rate::of(3, 1s);

class LocalRateLimiterTest : public testing::Test {
 protected:
    test::FakeClock clock;
    LocalRateLimiter limiter{clock};
};

TEST_F(LocalRateLimiterTest, a_burst_is_allowed_and_no_more) {
    for (const auto left : {2U, 1U, 0U}) {
        const auto decision = limiter.decide("ann", kThreeASecond);
        EXPECT_TRUE(decision.allowed);
        EXPECT_EQ(decision.limit, 3U);
        EXPECT_EQ(decision.remaining, left);
        EXPECT_EQ(decision.retry_after, 0us);
    }
    const auto refused = limiter.decide("ann", kThreeASecond);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.remaining, 0U);
    EXPECT_EQ(refused.retry_after, 333'333us);
    EXPECT_EQ(refused.reset, 999'999us);
}

TEST_F(LocalRateLimiterTest, what_was_refused_costs_nothing_and_succeeds_at_the_moment_that_was_named) {
    for (int i = 0; i < 3; ++i) limiter.decide("ann", kThreeASecond);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(limiter.decide("ann", kThreeASecond).allowed);
    clock.advance(333'332us);
    EXPECT_FALSE(limiter.decide("ann", kThreeASecond).allowed);
    clock.advance(1us);
    EXPECT_TRUE(limiter.decide("ann", kThreeASecond).allowed);
    EXPECT_FALSE(limiter.decide("ann", kThreeASecond).allowed);
}

TEST_F(LocalRateLimiterTest, a_bucket_never_holds_more_than_its_burst) {
    limiter.decide("ann", kThreeASecond);
    clock.advance(24h);
    EXPECT_EQ(limiter.decide("ann", kThreeASecond).remaining, 2U);
}

TEST_F(LocalRateLimiterTest, callers_do_not_use_up_each_others_tokens) {
    for (int i = 0; i < 4; ++i) limiter.decide("ann", kThreeASecond);
    EXPECT_TRUE(limiter.decide("bob", kThreeASecond).allowed);
    EXPECT_EQ(limiter.keys(), 2U);
}

TEST_F(LocalRateLimiterTest, the_number_of_keys_is_bounded_and_the_one_used_last_stays) {
    LocalRateLimiter small{clock, 160};
    for (int i = 0; i < 3; ++i) small.decide("ann", kThreeASecond);
    for (int i = 0; i < 10'000; ++i) {
        small.decide(std::to_string(i), kThreeASecond);
        // Each request keeps the key "ann" among those used last.
        ASSERT_FALSE(small.decide("ann", kThreeASecond).allowed) << i;
    }
    EXPECT_LE(small.keys(), 160U);
}

TEST_F(LocalRateLimiterTest, whoever_takes_the_place_of_another_caller_begins_with_a_full_bucket) {
    LocalRateLimiter small{clock, 160};
    for (int i = 0; i < 1'000; ++i) ASSERT_EQ(small.decide(std::to_string(i), kThreeASecond).remaining, 2U) << i;
}

TEST_F(LocalRateLimiterTest, threads_together_get_exactly_the_burst) {
    constexpr std::uint32_t kBurst = 1000;
    std::atomic<std::uint32_t> allowed{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (std::uint32_t j = 0; j < kBurst; ++j) allowed += limiter.decide("ann", Rate::of(kBurst, 1h)).allowed;
            });
        }
    }
    EXPECT_EQ(allowed.load(), kBurst);
}

TEST_F(LocalRateLimiterTest, it_decides_on_the_spot_and_when_awaited_alike) {
    EventLoop loop;
    const RootCall call{loop};
    ASSERT_TRUE(limiter.take_now("ann", kThreeASecond));
    EXPECT_EQ(run_until_done(loop, limiter.take(call.context(), "ann", kThreeASecond)).remaining, 1U);
}

TEST(TokenBucketTest, a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_an_empty_bucket) {
    TokenBucket bucket;
    bucket.take(1h, kThreeASecond);
    const auto decision = bucket.take(0us, kThreeASecond);
    EXPECT_FALSE(decision.allowed);
    EXPECT_LE(decision.retry_after, kThreeASecond.interval);
}

TEST(TokenBucketTest, the_largest_rates_do_not_overflow) {
    const Rate slowest{.burst = 4'000'000'000, .interval = std::chrono::years{1}};
    TokenBucket bucket;
    const TokenBucket::Micros now = std::chrono::years{60};
    const auto first = bucket.take(now, slowest);
    EXPECT_TRUE(first.allowed);
    EXPECT_GT(first.reset, 0us);
}

TEST(RateTest, none_at_all_and_ever_faster_are_corrected) {
    EXPECT_EQ(Rate::of(0, 1s).burst, 1U);
    EXPECT_EQ(Rate::of(4'000'000, 1s).interval, 1us);
    EXPECT_EQ(Rate::of(10, 1s, 25).burst, 25U);
}

}  // namespace
}  // namespace tw::cache
