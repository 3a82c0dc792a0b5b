#include "kit/rpc/placement_fixture.hpp"

#include <gtest/gtest.h>

// These tests cover whether a failed call may have been done, over the network and within the loop.
namespace tw::rpc::test {
namespace {

class ChannelOutcomeTest : public testing::TestWithParam<bool> {
 protected:
    /// Returns the error of a call to `method`.
    Error call(const Method& method, std::string what) {
        auto answer = at.run(unary(at, method, std::move(what), Ended::by_itself));
        EXPECT_FALSE(answer);
        return answer ? Error{Code::unknown, "NO_FAILURE", ""} : std::move(answer).error();
    }
    /// Says when a call ends: before it starts, or while its handler waits. `end` returns its
    /// error.
    enum class Ended : std::uint8_t { by_itself, before_start, in_handler };
    Error end(Ended when) {
        auto answer = at.run(unary(at, kAct, "stubborn", when));
        EXPECT_FALSE(answer);
        return answer ? Error{Code::unknown, "NO_FAILURE", ""} : std::move(answer).error();
    }

    Placement at{GetParam()};

 private:
    static Task<Result<Text>> unary(Placement& at, const Method& method, std::string what, Ended ended) {
        RootCall root{at.loop};
        if (ended == Ended::before_start) root.scope().cancel(cancelled());
        Gate gate;
        const auto cancel_in_handler = [](Placement& at, RootCall& root) -> Task<void> {
            while (at.service.running == 0) co_await hop_to(at.loop);
            root.scope().cancel(deadline_exceeded());
        };
        if (ended == Ended::in_handler) spawn(gate, cancel_in_handler(at, root));
        Text request;
        request.set_value(std::move(what));
        auto answer = co_await call_unary<Text>(at.channel(), root.context(), method, request);
        co_await close_and_wait(gate);
        if (at.service.running > 0) at.service.release.set(true);
        co_await at.settle();
        co_return answer;
    }
};

INSTANTIATE_TEST_SUITE_P(Placements, ChannelOutcomeTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

TEST_P(ChannelOutcomeTest, a_call_that_is_over_before_it_starts_has_done_nothing) {
    const auto error = end(Ended::before_start);
    EXPECT_EQ(error.code(), Code::cancelled);
    EXPECT_FALSE(error.outcome_open());
    EXPECT_EQ(at.service.calls, 0);
}

TEST_P(ChannelOutcomeTest, a_call_that_ends_while_its_handler_runs_may_have_been_done) {
    const auto error = end(Ended::in_handler);
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
    EXPECT_TRUE(error.outcome_open());
    EXPECT_EQ(at.service.finished, 1) << "as it was";
}

TEST_P(ChannelOutcomeTest, a_call_that_is_refused_has_done_nothing) { EXPECT_FALSE(call(kAct, "missing").outcome_open()); }

TEST_P(ChannelOutcomeTest, an_unknown_method_has_done_nothing) { EXPECT_FALSE(call(kLost, "hello").outcome_open()); }

TEST_P(ChannelOutcomeTest, a_handler_that_throws_may_have_done_something) { EXPECT_TRUE(call(kAct, "throw").outcome_open()); }

TEST_P(ChannelOutcomeTest, the_outcome_that_a_handler_reports_reaches_the_caller) {
    const auto error = call(kSay, "lost");
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_TRUE(error.outcome_open());
    EXPECT_TRUE(error.retryable()) << "the method has no effect, so repeating it does no harm";
}

TEST_P(ChannelOutcomeTest, an_open_outcome_of_a_method_with_an_effect_is_not_retryable) {
    const auto error = call(kAct, "lost");
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_TRUE(error.outcome_open());
    EXPECT_FALSE(error.retryable());
}

TEST_P(ChannelOutcomeTest, a_stream_that_is_cancelled_after_it_was_opened_may_have_been_done) {
    const auto run = [](Placement& at) -> Task<Result<void>> {
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_TRUE(call);
        Text request;
        request.set_value("hello");
        EXPECT_TRUE(co_await call->write(request));
        EXPECT_TRUE(co_await call->read());
        root.scope().cancel(cancelled());
        auto next = co_await call->read();
        if (!next) co_return std::move(next).error();
        co_return Result<void>{};
    };
    const auto ended = at.run(run(at));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Code::cancelled);
    EXPECT_TRUE(ended.error().outcome_open());
    const auto over_before = [](Placement& at) -> Task<Error> {
        RootCall root{at.loop};
        root.scope().cancel(cancelled());
        const auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_FALSE(call);
        co_return call ? Error{Code::unknown, "NO_FAILURE", ""} : call.error();
    };
    EXPECT_FALSE(at.run(over_before(at)).outcome_open());
}

}  // namespace
}  // namespace tw::rpc::test
