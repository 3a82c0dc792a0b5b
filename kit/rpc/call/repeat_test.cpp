#include "kit/rpc/call/repeat.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

Method with(Idempotency idempotency) {
    Method method{};
    method.idempotency = idempotency;
    return method;
}

/// A context with an idempotency key, or without one.
class RepeatTest : public testing::Test {
 protected:
    CallContext context(std::string key = {}) {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->idempotency_key = std::move(key);
        return root_.context().with_attributes(std::move(attributes));
    }
    EventLoop loop_;
    RootCall root_{loop_};
};

TEST_F(RepeatTest, the_contract_says_what_may_be_repeated) {
    EXPECT_TRUE(is_repeatable(with(Idempotency::safe), context()));
    EXPECT_TRUE(is_repeatable(with(Idempotency::idempotent), context()));
    EXPECT_FALSE(is_repeatable(with(Idempotency::none), context()));
}

TEST_F(RepeatTest, a_key_makes_a_call_of_a_keyed_method_repeatable) {
    EXPECT_FALSE(is_repeatable(with(Idempotency::keyed), context()));
    EXPECT_TRUE(is_repeatable(with(Idempotency::keyed), context("key-1")));
    EXPECT_FALSE(is_repeatable(with(Idempotency::none), context("key-1")));
}

TEST_F(RepeatTest, an_error_is_retryable_only_where_repeating_the_call_is_safe) {
    const auto lost = unavailable("lost after sending").with_outcome_open(true);
    for (const auto unsafe : {Idempotency::none, Idempotency::keyed}) {
        EXPECT_FALSE(forbid_unsafe_retry(lost, with(unsafe), context()).retryable());
        EXPECT_TRUE(forbid_unsafe_retry(lost, with(unsafe), context()).outcome_open());
        EXPECT_TRUE(forbid_unsafe_retry(unavailable("never sent"), with(unsafe), context()).retryable());
    }
    for (const auto harmless : {Idempotency::safe, Idempotency::idempotent}) {
        EXPECT_TRUE(forbid_unsafe_retry(lost, with(harmless), context()).retryable());
    }
}

TEST_F(RepeatTest, no_error_becomes_retryable) {
    EXPECT_FALSE(forbid_unsafe_retry(deadline_exceeded(), with(Idempotency::safe), context()).retryable());
    EXPECT_FALSE(
        forbid_unsafe_retry(unavailable("for good").with_retryable(false), with(Idempotency::safe), context()).retryable());
}

}  // namespace
}  // namespace tw::rpc
