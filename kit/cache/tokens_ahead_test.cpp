#include "kit/cache/tokens_ahead.hpp"

#include <gtest/gtest.h>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow{1h};

TEST(TokensAhead, OnlyOfALargeBucketIsMoreThanOneWorthTaking) {
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(10, 1s)), 1U);
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(511, 1s)), 1U);
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(512, 1s)), 2U);
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(100'000, 1s, 200'000)), 781U);
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(100'000, 1h)), 27U) << "no more than come back in a second";
    EXPECT_EQ(TokensAhead::worth_taking(Rate::of(1'000, 24h)), 1U);
}

TEST(TokensAhead, AreSpentOneByOne) {
    TokensAhead ahead;
    EXPECT_FALSE(ahead.spend("ann", kNow));
    ASSERT_TRUE(ahead.may_ask_for_some("ann", kNow));
    ahead.asked_for_some("ann", kNow, 2, {.limit = 600, .remaining = 500});
    EXPECT_EQ(ahead.spend("ann", kNow)->remaining, 501U);
    EXPECT_FALSE(ahead.spend("bob", kNow));
    EXPECT_EQ(ahead.spend("ann", kNow)->remaining, 500U);
    EXPECT_FALSE(ahead.spend("ann", kNow));
}

TEST(TokensAhead, AreLostWhenTheirTimeIsOver) {
    TokensAhead ahead;
    ASSERT_TRUE(ahead.may_ask_for_some("ann", kNow));
    ahead.asked_for_some("ann", kNow, 2, {});
    EXPECT_TRUE(ahead.spend("ann", kNow + TokensAhead::kGoodFor - 1ms));
    EXPECT_FALSE(ahead.spend("ann", kNow + TokensAhead::kGoodFor));
}

TEST(TokensAhead, WhileOneAsksForSomeTheOthersDoNot) {
    TokensAhead ahead;
    ASSERT_TRUE(ahead.may_ask_for_some("ann", kNow));
    EXPECT_FALSE(ahead.may_ask_for_some("ann", kNow));
    EXPECT_FALSE(ahead.spend("ann", kNow));
    ahead.asked_for_some("ann", kNow, 0, {});
    EXPECT_TRUE(ahead.may_ask_for_some("ann", kNow));
    EXPECT_TRUE(ahead.may_ask_for_some("ann", kNow + TokensAhead::kGoodFor)) << "who asked may never come back";
}

}  // namespace
}  // namespace tw::cache
