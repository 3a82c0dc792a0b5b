#include "kit/rpc/call/repeat.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

Method with(Idempotency idempotency) {
    Method method{};
    method.idempotency = idempotency;
    return method;
}

TEST(RepeatTest, the_contract_says_what_may_be_repeated) {
    EXPECT_TRUE(is_repeatable(with(Idempotency::safe)));
    EXPECT_TRUE(is_repeatable(with(Idempotency::idempotent)));
    EXPECT_FALSE(is_repeatable(with(Idempotency::none)));
}

TEST(RepeatTest, a_key_makes_no_call_repeatable_since_no_service_stores_keys) {
    EXPECT_FALSE(is_repeatable(with(Idempotency::keyed)));
}

TEST(RepeatTest, an_error_is_retryable_only_where_repeating_the_call_is_safe) {
    const auto lost = unavailable("lost after sending").with_outcome_open(true);
    for (const auto unsafe : {Idempotency::none, Idempotency::keyed}) {
        EXPECT_FALSE(forbid_unsafe_retry(lost, with(unsafe)).retryable());
        EXPECT_TRUE(forbid_unsafe_retry(lost, with(unsafe)).outcome_open());
        EXPECT_TRUE(forbid_unsafe_retry(unavailable("never sent"), with(unsafe)).retryable());
    }
    for (const auto harmless : {Idempotency::safe, Idempotency::idempotent}) {
        EXPECT_TRUE(forbid_unsafe_retry(lost, with(harmless)).retryable());
    }
}

TEST(RepeatTest, no_error_becomes_retryable) {
    EXPECT_FALSE(forbid_unsafe_retry(deadline_exceeded(), with(Idempotency::safe)).retryable());
    EXPECT_FALSE(forbid_unsafe_retry(unavailable("for good").with_retryable(false), with(Idempotency::safe)).retryable());
}

}  // namespace
}  // namespace tw::rpc
