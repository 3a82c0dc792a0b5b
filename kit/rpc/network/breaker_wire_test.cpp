#include "kit/rpc/network/cluster_fixture.hpp"
#include "kit/rpc/network/outcome_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what a channel does with replicas whose calls fail.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const Answer kAway = answer_of(unavailable("no database"));
const Answer kShedding = answer_of(Error{Code::unavailable, "OVERLOADED", "too many calls"});

struct BreakerWireTest : ScriptedChannel {
    BreakerWireTest() {
        options.retry.attempts_max = 1;
        options.breaker = {.failures_max = 3, .probe_first = 50ms, .probe_last = 100ms, .deadline_min = 30ms};
    }
    void fail(int times, const Answer& answer = kAway) {
        callee.answers.assign(static_cast<std::size_t>(times), answer);
        for (int i = 0; i < times; ++i) call();
    }
    Result<Text> ask(CallOptions* call_options = nullptr) {
        connect();
        const auto run = [](ScriptedChannel& at, CallOptions* given) -> Task<Result<Text>> {
            RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
            Text request;
            request.set_value("hello");
            co_return co_await call_unary<Text>(*at.channel, root.context(), at.method, request, given);
        };
        return run_until_done(loop, run(*this, call_options));
    }
    void rest(std::chrono::milliseconds time_to_rest) {
        const auto run = [](ScriptedChannel& at, std::chrono::milliseconds how_long) -> Task<void> {
            RootCall root{at.loop};
            static_cast<void>(co_await sleep_for(root.context(), how_long));
        };
        run_until_done(loop, run(*this, time_to_rest));
    }
    Impairment impairment() const { return channel->state().subchannels.at(0).impairment; }
};

TEST_F(BreakerWireTest, a_callee_whose_calls_all_fail_gets_none_for_a_while) {
    fail(3);
    EXPECT_EQ(impairment(), Impairment::circuit_open);
    const auto refused = ask();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().reason(), "CIRCUIT_OPEN");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_TRUE(refused.error().retryable());
    ASSERT_TRUE(refused.error().retry_after());
    EXPECT_LE(*refused.error().retry_after(), 50ms);
    EXPECT_EQ(callee.calls.size(), 3u);
}

TEST_F(BreakerWireTest, one_call_tries_the_callee_again_and_opens_the_way_for_the_others) {
    fail(3);
    rest(60ms);
    EXPECT_TRUE(ask());
    EXPECT_EQ(impairment(), Impairment::none);
    EXPECT_TRUE(ask());
}

TEST_F(BreakerWireTest, a_probe_that_fails_is_followed_by_a_longer_pause) {
    fail(3);
    rest(60ms);
    fail(1);
    EXPECT_EQ(callee.calls.size(), 4u);
    rest(60ms);
    EXPECT_FALSE(ask());
    EXPECT_EQ(callee.calls.size(), 4u);
    rest(60ms);
    EXPECT_TRUE(ask());
}

TEST_F(BreakerWireTest, a_call_that_waits_for_the_callee_is_the_probe) {
    fail(3);
    CallOptions waits{.wait_for_ready = true};
    EXPECT_TRUE(ask(&waits));
}

TEST_F(BreakerWireTest, refused_calls_are_not_retried_and_cost_no_budget) {
    options.retry.attempts_max = 3;
    options.retry.budget_tokens_max = 20;
    fail(3, {.status = static_cast<int>(Code::unavailable), .pushback = "-1"});
    const auto retries = channel->state().retries;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(ask());
    EXPECT_EQ(channel->state().retries, retries);
    rest(60ms);
    EXPECT_TRUE(ask());
    callee.answers = {kAway};
    EXPECT_TRUE(ask()) << "the budget still allows a retry";
}

TEST_F(BreakerWireTest, a_callee_that_sheds_load_stays_in_use) {
    fail(10, kShedding);
    EXPECT_EQ(impairment(), Impairment::none);
    EXPECT_EQ(callee.calls.size(), 10u);
}

TEST_F(BreakerWireTest, a_callee_that_does_not_answer_in_time_gets_no_calls) {
    time = 40ms;
    fail(3, {.hold = true});
    EXPECT_EQ(impairment(), Impairment::circuit_open);
}

TEST_F(BreakerWireTest, callers_with_short_deadlines_do_not_close_the_callee_to_others) {
    time = 10ms;
    fail(5, {.hold = true});
    EXPECT_EQ(impairment(), Impairment::none);
}

TEST_F(BreakerWireTest, streams_that_run_until_their_deadlines_do_not_close_the_callee) {
    time = 40ms;
    callee.answers.assign(5, {.hold = true});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(stream(), (std::pair{0, Code::deadline_exceeded}));
    EXPECT_EQ(impairment(), Impairment::none);
    EXPECT_EQ(callee.calls.size(), 5u);
}

TEST_F(BreakerWireTest, a_stream_whose_answer_has_begun_opens_the_way_for_the_others) {
    time = 40ms;
    fail(3);
    callee.answers.assign(1, {.hold = true, .begins = true});
    rest(60ms);
    EXPECT_EQ(stream(), (std::pair{0, Code::deadline_exceeded}));
    EXPECT_EQ(impairment(), Impairment::none);
}

TEST_F(BreakerWireTest, a_stream_without_a_sign_of_the_callee_opens_no_way) {
    time = 40ms;
    fail(3);
    callee.answers.assign(1, {.hold = true});
    rest(60ms);
    EXPECT_EQ(stream(), (std::pair{0, Code::deadline_exceeded}));
    EXPECT_EQ(impairment(), Impairment::circuit_open);
}

TEST_F(BreakerWireTest, a_stream_that_begins_and_fails_counts_as_a_failure) {
    callee.answers.assign(3, {.status = static_cast<int>(Code::unavailable), .messages = 1});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(stream(), (std::pair{1, Code::unavailable}));
    EXPECT_EQ(impairment(), Impairment::circuit_open);
}

TEST_F(BreakerWireTest, streams_are_refused_too) {
    fail(3);
    EXPECT_EQ(stream(), (std::pair{0, Code::unavailable}));
    EXPECT_EQ(callee.calls.size(), 3u);
}

TEST_F(BreakerWireTest, a_breaker_that_is_off_refuses_nothing) {
    options.breaker.failures_max = 0;
    fail(50);
    EXPECT_EQ(callee.calls.size(), 50u);
}

TEST_F(BreakerWireTest, calls_beyond_those_that_may_wait_for_a_connection_are_refused) {
    options.calls_waiting_max = 2;
    connecting_takes_for_ever = true;
    options.connect_time_max = 100ms;
    connect();
    const auto run = [](ScriptedChannel& at) -> Task<std::vector<std::string>> {
        RootCall root{at.loop};
        Text request;
        request.set_value("hello");
        std::vector<Task<Result<Text>>> calls;
        for (int i = 0; i < 3; ++i) calls.push_back(call_unary<Text>(*at.channel, root.context(), at.method, request));
        std::vector<std::string> reasons;
        for (const auto& answer : co_await all(std::move(calls))) reasons.push_back(answer ? "" : answer.error().reason());
        co_return reasons;
    };
    EXPECT_THAT(run_until_done(loop, run(*this)), ElementsAre("UNAVAILABLE", "UNAVAILABLE", "OVERLOADED"));
}

struct ReplicasTest : ClusterTest {
    ReplicasTest() {
        at.options.breaker = {.failures_max = 3, .probe_first = 1h, .probe_last = 1h};
        at.options.retry.attempts_max = 1;
    }
};

TEST_F(ReplicasTest, the_other_replicas_get_the_calls_of_one_that_fails) {
    at.add(3);
    warm_up();
    at.replicas[0]->service.away = true;
    at.run(at.say_often(9));
    EXPECT_THAT(at.calls(), ElementsAre(3, 3, 3));
    EXPECT_EQ(at.run(at.say_often(10)), 10);
    EXPECT_EQ(at.calls()[0], 3);
}

TEST_F(ReplicasTest, an_outlier_is_ejected_and_comes_back) {
    at.options.breaker.failures_max = 0;
    at.options.outliers = {.calls_least = 2, .interval = 100ms, .ejection_first = 500ms};
    at.add(2);
    warm_up();
    at.replicas[0]->service.away = true;
    at.run(at.say_until([this] { return at.channel().state().subchannels[0].impairment == Impairment::ejected; }));
    at.replicas[0]->service.calls = 0;
    EXPECT_EQ(at.run(at.say_often(10)), 10);
    EXPECT_EQ(at.calls()[0], 0);
    at.replicas[0]->service.away = false;
    at.run(at.say_until([this] { return at.calls()[0] > 0; }));
}

TEST_F(ReplicasTest, the_last_replica_is_used_although_it_is_ejected) {
    at.options.breaker.failures_max = 0;
    at.options.outliers = {.calls_least = 2, .interval = 100ms, .ejection_first = 1h, .ejection_last = 1h};
    at.add(2);
    warm_up();
    at.replicas[0]->service.away = true;
    at.run(at.say_until([this] { return at.channel().state().subchannels[0].impairment == Impairment::ejected; }));
    at.replicas[0]->service.away = false;
    at.crash(1);
    at.run(at.say_until([this] { return at.channel().state().subchannels[1].connectivity != Connectivity::ready; }));
    EXPECT_EQ(at.run(at.say_often(5)), 5);
}

}  // namespace
}  // namespace tw::rpc::test
