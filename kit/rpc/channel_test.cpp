#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what a channel promises, over the network and within the loop.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ChannelTest : public testing::TestWithParam<bool> {
 protected:
    Placement at{GetParam()};

    Result<Text> say(std::string what) { return at.run(at.say(std::move(what))); }
};

INSTANTIATE_TEST_SUITE_P(Placements, ChannelTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

TEST_P(ChannelTest, a_unary_call_returns_the_answer) {
    const auto answer = say("hello");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value(), "hello");
    // Objects of the first call are used again, and its data must not show.
    EXPECT_EQ(say("again")->value(), "again");
}

TEST_P(ChannelTest, an_error_arrives_with_all_but_its_cause) {
    const auto answer = say("busy");
    ASSERT_FALSE(answer);
    const auto& error = answer.error();
    EXPECT_EQ(error.code(), Code::resource_exhausted);
    EXPECT_EQ(error.reason(), "TOO_BUSY");
    EXPECT_EQ(error.detail(), "100% busy; später — bitte\n");
    EXPECT_THAT(error.violations(), ElementsAre(Violation{"/lines/0", "too many"}));
    EXPECT_EQ(error.retry_after(), 1500ms);
    EXPECT_FALSE(error.retryable());
    EXPECT_EQ(error.cause(), "");
    EXPECT_TRUE(at.logs.contain("secret queue length"));
}

TEST_P(ChannelTest, a_request_that_breaks_the_contract_does_not_reach_the_service) {
    const auto answer = say("");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::invalid_argument);
    EXPECT_THAT(answer.error().violations(), ElementsAre(Violation{"/value", "must not be empty"}));
    EXPECT_EQ(at.service.calls, 0);
}

TEST_P(ChannelTest, bugs_become_internal_errors_and_are_logged_with_their_cause) {
    for (const std::string what : {"bug", "throw"}) {
        const auto answer = say(what);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code(), Code::internal);
        EXPECT_THAT(answer.error().detail(), Not(HasSubstr("secret")));
        EXPECT_EQ(answer.error().cause(), "");
    }
    EXPECT_TRUE(at.logs.contain("secret detail"));
    EXPECT_TRUE(at.logs.contain("secret exception"));
}

TEST_P(ChannelTest, a_method_that_nobody_serves_is_unimplemented) {
    const auto call = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        const auto request = text("x");
        co_return co_await call_unary<Text>(at.channel(), root.context(), kLost, request);
    };
    const auto answer = at.run(call(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::unimplemented);
    EXPECT_EQ(answer.error().reason(), "UNKNOWN_METHOD");
}

Task<Result<Text>> say_until(Placement& at, std::string what, std::chrono::milliseconds time) {
    RootCall root{at.loop, Deadline::after(at.loop.now(), time)};
    const auto request = text(std::move(what));
    co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request);
}

TEST_P(ChannelTest, the_deadline_goes_with_the_call_and_ends_it_on_both_sides) {
    const auto call = [](Placement& at) -> Task<Result<Text>> {
        auto answer = co_await say_until(at, "wait", 30ms);
        // The callee's own timer may fire a tick later than the caller's.
        RootCall root{at.loop};
        while (at.service.ends.empty()) static_cast<void>(co_await sleep_for(root.context(), 1ms));
        co_return answer;
    };
    const auto answer = at.run(call(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::deadline_exceeded);
    EXPECT_FALSE(at.service.deadline.is_never());
    ASSERT_EQ(at.service.ends.size(), 1u);
    EXPECT_THAT(at.service.ends[0], testing::AnyOf(Code::deadline_exceeded, Code::cancelled));
}

TEST_P(ChannelTest, the_caller_does_not_wait_for_a_handler_that_ignores_the_deadline) {
    const auto answer = at.run(say_until(at, "stubborn", 20ms));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::deadline_exceeded);
    EXPECT_EQ(at.service.running, 1);
    EXPECT_EQ(at.table.running(), 1U);
    const auto finish = [](Placement& at) -> Task<void> {
        at.service.release.set(true);
        co_await at.settle();
    };
    at.run(finish(at));
    EXPECT_EQ(at.service.finished, 1);
    EXPECT_EQ(at.table.running(), 0U);
}

TEST_P(ChannelTest, a_handler_may_outlive_channel_and_server) {
    static_cast<void>(at.run(say_until(at, "stubborn", 20ms)));
    at.drop_channel();
    at.drop_server();
    const auto finish = [](Placement& at) -> Task<void> {
        co_await at.settle();
        at.service.release.set(true);
        co_await at.settle();
    };
    at.run(finish(at));
    EXPECT_EQ(at.service.finished, 1);
}

TEST_P(ChannelTest, cancelling_the_context_ends_the_call_on_both_sides) {
    const auto call = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        Gate gate;
        const auto cancel_soon = [](Placement& at, RootCall& root) -> Task<void> {
            co_await at.settle();
            root.scope().cancel(cancelled());
        };
        spawn(gate, cancel_soon(at, root));
        const auto request = text("wait");
        auto answer = co_await call_unary<Text>(at.channel(), root.context(), kSay, request);
        co_await close_and_wait(gate);
        co_await at.settle();
        co_return answer;
    };
    const auto answer = at.run(call(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::cancelled);
    EXPECT_THAT(at.service.ends, ElementsAre(Code::cancelled));
}

TEST_P(ChannelTest, a_call_whose_context_is_over_does_not_start) {
    const auto call = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        root.scope().cancel(cancelled());
        const auto request = text("hello");
        co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request);
    };
    EXPECT_EQ(at.run(call(at)).error().code(), Code::cancelled);
    EXPECT_EQ(at.service.calls, 0);
}

TEST_P(ChannelTest, idempotency_key_and_baggage_reach_the_callee) {
    const auto call = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        auto attributes = std::make_shared<CallAttributes>();
        attributes->idempotency_key = "key-1";
        attributes->baggage = "a=1,b=2";
        const auto ctx = root.context().with_attributes(std::move(attributes));
        const auto request = text("hello");
        co_return co_await call_unary<Text>(at.channel(), ctx, kSay, request);
    };
    ASSERT_TRUE(at.run(call(at)));
    EXPECT_EQ(at.service.attributes.idempotency_key, "key-1");
    EXPECT_EQ(at.service.attributes.baggage, "a=1,b=2");
}

/// Makes a call with baggage and a trace that is being debugged. The placement's service records
/// the context that the callee saw.
Task<Result<Text>> call_with_context(Placement& at, std::string baggage) {
    RootCall root{at.loop};
    auto attributes = std::make_shared<CallAttributes>();
    attributes->baggage = std::move(baggage);
    TraceContext trace{.trace_id = {1}, .span_id = {2}, .flags = TraceContext::kSampled, .debug = true};
    const auto ctx = root.context().with_trace(std::move(trace)).with_attributes(std::move(attributes));
    const auto request = text("hello");
    co_return co_await call_unary<Text>(at.channel(), ctx, kSay, request);
}

TEST_P(ChannelTest, b3_carries_the_trace_and_its_debug_flag_in_both_forms) {
    for (const auto kind : {telemetry::Propagator::b3, telemetry::Propagator::b3multi}) {
        const std::vector chosen{kind};
        Placement by_b3{GetParam(), telemetry::Propagators{chosen}};
        ASSERT_TRUE(by_b3.run(call_with_context(by_b3, "")));
        EXPECT_EQ(by_b3.service.trace.trace_id[0], 1);
        EXPECT_TRUE(by_b3.service.trace.sampled());
        EXPECT_TRUE(by_b3.service.trace.debug);
    }
}

TEST(NetworkChannel, oversized_baggage_is_dropped_and_fails_no_call) {
    Placement network{true};
    ASSERT_TRUE(network.run(call_with_context(network, "a=" + std::string(9000, 'v'))));
    EXPECT_EQ(network.service.attributes.baggage, "");
    EXPECT_EQ(network.service.trace.trace_id[0], 1);
}

TEST_P(ChannelTest, baggage_of_the_greatest_permitted_size_reaches_the_callee) {
    const auto most = "a=" + std::string(8190, 'v');
    ASSERT_TRUE(at.run(call_with_context(at, most)));
    EXPECT_EQ(at.service.attributes.baggage, most);
}

TEST_P(ChannelTest, client_and_server_span_belong_to_one_trace) {
    ASSERT_TRUE(say("hello"));
    ASSERT_FALSE(say("missing"));
    ASSERT_FALSE(say("bug"));
    const auto& client = at.client_spans.spans();
    const auto& server = at.server_spans.spans();
    ASSERT_EQ(client.size(), 3u);
    ASSERT_EQ(server.size(), 3u);
    EXPECT_EQ(client[0].name, "test.EchoService/Say");
    EXPECT_EQ(server[0].name, "test.EchoService/Say");
    EXPECT_EQ(client[0].kind, telemetry::SpanKind::client);
    EXPECT_EQ(server[0].kind, telemetry::SpanKind::server);
    EXPECT_EQ(server[0].trace.trace_id, client[0].trace.trace_id);
    EXPECT_EQ(server[0].parent, client[0].trace.span_id);
    EXPECT_EQ(server[0].text("rpc.system.name"), "grpc");
    EXPECT_EQ(server[0].text("rpc.method"), "test.EchoService/Say");
    EXPECT_EQ(server[0].text("rpc.response.status_code"), "OK");
    for (const auto& span : client) EXPECT_TRUE(span.end);
    for (const auto& span : server) EXPECT_TRUE(span.end);
    // NOT_FOUND is an error for the caller and none for the callee.
    EXPECT_TRUE(client[1].failure);
    EXPECT_FALSE(server[1].failure);
    EXPECT_EQ(server[1].text("rpc.response.status_code"), "NOT_FOUND");
    EXPECT_TRUE(server[2].failure);
    EXPECT_EQ(server[2].text("error.type"), "INTERNAL");
}

}  // namespace
}  // namespace tw::rpc::test
