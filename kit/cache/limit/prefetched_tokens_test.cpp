#include "kit/cache/limit/prefetched_tokens.hpp"

#include <gtest/gtest.h>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow{1h};

TEST(PrefetchedTokens, only_of_a_large_bucket_is_more_than_one_worth_taking) {
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(10, 1s)), 1U);
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(511, 1s)), 1U);
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(512, 1s)), 2U);
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(100'000, 1s, 200'000)), 781U);
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(100'000, 1h)), 27U) << "no more than come back in a second";
    EXPECT_EQ(PrefetchedTokens::worth_taking(Rate::of(1'000, 24h)), 1U);
}

TEST(PrefetchedTokens, are_spent_one_by_one) {
    PrefetchedTokens prefetched;
    EXPECT_FALSE(prefetched.spend("ann", kNow));
    ASSERT_TRUE(prefetched.may_ask_for_some("ann", kNow));
    prefetched.asked_for_some("ann", kNow, 2, {.limit = 600, .remaining = 500});
    EXPECT_EQ(prefetched.spend("ann", kNow)->remaining, 501U);
    EXPECT_FALSE(prefetched.spend("bob", kNow));
    EXPECT_EQ(prefetched.spend("ann", kNow)->remaining, 500U);
    EXPECT_FALSE(prefetched.spend("ann", kNow));
}

TEST(PrefetchedTokens, are_lost_when_their_time_is_over) {
    PrefetchedTokens prefetched;
    ASSERT_TRUE(prefetched.may_ask_for_some("ann", kNow));
    prefetched.asked_for_some("ann", kNow, 2, {});
    EXPECT_TRUE(prefetched.spend("ann", kNow + PrefetchedTokens::kGoodFor - 1ms));
    EXPECT_FALSE(prefetched.spend("ann", kNow + PrefetchedTokens::kGoodFor));
}

TEST(PrefetchedTokens, while_one_asks_for_some_the_others_do_not) {
    PrefetchedTokens prefetched;
    ASSERT_TRUE(prefetched.may_ask_for_some("ann", kNow));
    EXPECT_FALSE(prefetched.may_ask_for_some("ann", kNow));
    EXPECT_FALSE(prefetched.spend("ann", kNow));
    prefetched.asked_for_some("ann", kNow, 0, {});
    EXPECT_TRUE(prefetched.may_ask_for_some("ann", kNow));
    EXPECT_TRUE(prefetched.may_ask_for_some("ann", kNow + PrefetchedTokens::kGoodFor)) << "who asked may never come back";
}

}  // namespace
}  // namespace tw::cache
