#include "kit/rpc/network/scripted_channel_fixture.hpp"

// These tests cover which calls are made again, against a callee whose answers are scripted.
namespace tw::rpc::test {
namespace {

using RetryWireTest = ScriptedChannel;

TEST_F(RetryWireTest, a_refused_call_is_sent_again_whatever_its_idempotency) {
    method = repeated(kSay, Idempotency::none);
    callee.answers = {{.refuse = true}, {.refuse = true}};
    EXPECT_EQ(call(), Code::ok);
    EXPECT_EQ(callee.calls.size(), 1u);
    EXPECT_EQ(previous_attempts(0), "") << "nobody has seen it before";
    EXPECT_EQ(channel->state().retries, 2u);
}

TEST_F(RetryWireTest, a_callee_that_refuses_every_call_is_unavailable) {
    callee.answers.assign(100, {.refuse = true});
    options.retry.attempts_max = 1;
    EXPECT_EQ(call(), Code::unavailable);
    EXPECT_EQ(callee.answers.size(), 96u);
}

TEST_F(RetryWireTest, a_refused_stream_is_sent_again_with_all_written_requests) {
    callee.answers = {{.refuse = true}, {.messages = 3}};
    EXPECT_EQ(stream(), (std::pair{3, Code::ok}));
    ASSERT_EQ(callee.calls.size(), 1u);
    EXPECT_FALSE(callee.calls[0]->body.empty());
}

TEST_F(RetryWireTest, a_stream_that_has_written_more_than_is_kept_is_not_retried) {
    callee.answers = {{.refuse = true}};
    EXPECT_EQ(stream(std::string(60'000, 'x')), (std::pair{1, Code::ok}));
    callee.answers = {{.refuse = true}};
    EXPECT_EQ(stream(std::string(70'000, 'x')), (std::pair{0, Code::unavailable}));
}

TEST_F(RetryWireTest, unavailable_is_retried_and_the_callee_learns_the_number_of_attempts) {
    callee.answers = {kDown, kDown};
    EXPECT_EQ(call(), Code::ok);
    ASSERT_EQ(callee.calls.size(), 3u);
    EXPECT_EQ(previous_attempts(0), "");
    EXPECT_EQ(previous_attempts(1), "1");
    EXPECT_EQ(previous_attempts(2), "2");
}

TEST_F(RetryWireTest, all_attempts_are_one_span_and_one_call_that_counts_them) {
    callee.answers = {kDown, kDown};
    EXPECT_EQ(call(), Code::ok);
    EXPECT_EQ(call(), Code::ok);
    ASSERT_EQ(spans.spans().size(), 2u);
    EXPECT_EQ(spans.spans()[0].text("tw.rpc.retries"), "2");
    EXPECT_EQ(spans.spans()[1].text("tw.rpc.retries"), std::nullopt);
    const auto state = channel->state();
    EXPECT_EQ(state.calls.started, 2u);
    EXPECT_EQ(state.calls.succeeded, 2u);
    EXPECT_EQ(state.subchannels.at(0).calls.started, 4u);
    EXPECT_EQ(state.subchannels.at(0).calls.failed, 2u);
}

TEST_F(RetryWireTest, three_attempts_are_enough) {
    callee.answers.assign(10, kDown);
    EXPECT_EQ(call(), Code::unavailable);
    EXPECT_EQ(callee.calls.size(), 3u);
}

TEST_F(RetryWireTest, a_call_that_begins_before_an_unread_goaway_moves_to_another_connection) {
    method = repeated(kSay, Idempotency::none);
    callee.answers = {{.status = static_cast<int>(Code::not_found), .drain = true}};
    connect();
    // The second call begins while the bytes are read that end the first one. The GOAWAY behind
    // them has not been read yet.
    const auto run = [](RetryWireTest& at) -> Task<Result<Text>> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        Text request;
        request.set_value("hello");
        const auto first = co_await call_unary<Text>(*at.channel, root.context(), at.method, request);
        EXPECT_EQ(first.error().code(), Code::not_found);
        co_return co_await call_unary<Text>(*at.channel, root.context(), at.method, request);
    };
    const auto answer = run_until_done(loop, run(*this));
    EXPECT_TRUE(answer) << answer.error().detail() << answer.error().cause();
    EXPECT_EQ(callee.connections.size(), 2u);
}

TEST_F(RetryWireTest, a_call_that_may_not_be_repeated_is_not_retried) {
    for (const auto idempotency : {Idempotency::none, Idempotency::keyed}) {
        method = repeated(kSay, idempotency);
        callee.answers = {kDown};
        EXPECT_EQ(call(), Code::unavailable);
    }
}

TEST_F(RetryWireTest, a_call_of_a_keyed_method_that_has_a_key_is_retried) {
    method = repeated(kSay, Idempotency::keyed);
    attributes.idempotency_key = "once";
    callee.answers = {kDown};
    EXPECT_EQ(call(), Code::ok);
}

TEST_F(RetryWireTest, other_failures_are_final) {
    callee.answers = {{.status = static_cast<int>(Code::aborted)}, {.status = static_cast<int>(Code::resource_exhausted)}};
    EXPECT_EQ(call(), Code::aborted);
    EXPECT_EQ(call(), Code::resource_exhausted);
}

TEST_F(RetryWireTest, a_call_that_has_been_answered_in_part_is_not_retried) {
    callee.answers = {{.status = 14, .messages = 1}};
    EXPECT_EQ(call(), Code::unavailable);
    EXPECT_EQ(callee.calls.size(), 1u);
}

TEST_F(RetryWireTest, a_call_whose_connection_breaks_is_made_again_on_a_new_one) {
    callee.answers = {{.break_connection = true}};
    EXPECT_EQ(call(), Code::ok);
    EXPECT_EQ(callee.connections.size(), 2u);
    EXPECT_EQ(previous_attempts(1), "1");
}

TEST_F(RetryWireTest, pushback_is_honoured) {
    callee.answers = {{.status = 14, .pushback = "40"}};
    const auto before = loop.now();
    EXPECT_EQ(call(), Code::ok);
    EXPECT_GE(loop.now() - before, 40ms);
    for (const auto* no : {"-1", "soon"}) {
        callee.answers = {{.status = 14, .pushback = no}};
        EXPECT_EQ(call(), Code::unavailable) << no;
    }
}

TEST_F(RetryWireTest, a_call_that_is_cancelled_while_it_waits_for_its_next_attempt_is_cancelled) {
    callee.answers = {{.status = 14, .pushback = "10000"}};
    connect();
    const auto run = [](RetryWireTest& at) -> Task<Code> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        const auto cancel = [](RetryWireTest& at, RootCall& root) -> Task<void> {
            while (at.channel->state().retries == 0) co_await hop_to(at.loop);
            root.scope().cancel(cancelled());
        };
        Gate gate;
        spawn(gate, cancel(at, root));
        Text request;
        request.set_value("hello");
        const auto answer = co_await call_unary<Text>(*at.channel, root.context(), at.method, request);
        co_await close_and_wait(gate);
        co_return answer ? Code::ok : answer.error().code();
    };
    EXPECT_EQ(run_until_done(loop, run(*this)), Code::cancelled);
    EXPECT_EQ(callee.calls.size(), 1u);
}

TEST_F(RetryWireTest, no_call_is_retried_beyond_the_deadline) {
    callee.answers = {{.status = 14, .pushback = "60000"}};
    const auto before = loop.now();
    EXPECT_EQ(call(), Code::unavailable) << "what the callee said, not the deadline";
    EXPECT_LT(loop.now() - before, 20s);
}

TEST_F(RetryWireTest, an_outage_ends_retries_when_the_budget_is_used_up) {
    options.breaker.failures_max = 0;
    options.retry.budget_tokens_max = 10;
    callee.answers.assign(200, kDown);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(call(), Code::unavailable);
    EXPECT_EQ(callee.calls.size(), 50u + 3u);
    EXPECT_EQ(channel->state().retries, 3u);
}

TEST_F(RetryWireTest, a_stream_is_retried_until_its_first_message) {
    callee.answers = {kDown, {.messages = 2}};
    EXPECT_EQ(stream(), (std::pair{2, Code::ok}));
    ASSERT_EQ(callee.calls.size(), 2u);
    EXPECT_EQ(callee.calls[0]->body, callee.calls[1]->body);
    callee.answers = {{.status = 14, .messages = 2}};
    EXPECT_EQ(stream(), (std::pair{2, Code::unavailable}));
    EXPECT_EQ(callee.calls.size(), 3u);
}

TEST_F(RetryWireTest, a_service_that_has_retried_tells_its_caller_not_to_retry) {
    callee.answers.assign(3, kDown);
    connect();
    Metadata unused;
    Metadata trailing;
    CallInfo served{kSay, unused, unused, trailing};
    const auto run = [](RetryWireTest& at, CallInfo& served) -> Task<void> {
        RootCall root{at.loop};
        Text request;
        request.set_value("hello");
        EXPECT_FALSE(co_await call_unary<Text>(*at.channel, root.context().with_attached(&served), kSay, request));
    };
    run_until_done(loop, run(*this, served));
    EXPECT_EQ(trailing, (Metadata{{"grpc-retry-pushback-ms", "-1"}}));
}

}  // namespace
}  // namespace tw::rpc::test
