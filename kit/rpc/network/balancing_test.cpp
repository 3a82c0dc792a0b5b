#include "kit/async/gate.hpp"
#include "kit/rpc/network/cluster_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover a channel with several servers: which server gets a call, and that no call is
// lost when servers come and go.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;

using BalancingTest = ClusterTest;

TEST_F(BalancingTest, replicas_get_calls_in_turn) {
    at.add(3);
    warm_up();
    EXPECT_EQ(at.run(at.say_often(9)), 9);
    EXPECT_THAT(at.calls(), ElementsAre(3, 3, 3));
    EXPECT_EQ(at.channel().state().policy, "round_robin");
}

TEST_F(BalancingTest, pick_first_moves_on_to_the_next_address_and_stays_there) {
    at.options.policy = BalancingPolicy::pick_first;
    at.add(3);
    at.replicas[0]->unreachable = true;
    EXPECT_EQ(at.run(at.say_often(5)), 5);
    EXPECT_THAT(at.calls(), ElementsAre(0, 5, 0));
    EXPECT_EQ(at.replicas[2]->connections, 0);
}

TEST_F(BalancingTest, no_call_that_may_be_repeated_fails_when_a_replica_dies) {
    at.add(2);
    warm_up();
    const auto run = [](Cluster& at) -> Task<int> {
        int good = 0;
        for (int round = 0; round < 20; ++round) {
            if (round == 10) at.crash(0);
            std::vector<Task<Result<Text>>> calls;
            for (int i = 0; i < 50; ++i) calls.push_back(at.say("hello"));
            // At this time the first calls are on their way to both replicas.
            if (round == 9) calls.push_back(at.say("hello"));
            for (const auto& answer : co_await all(std::move(calls))) good += answer ? 1 : 0;
        }
        co_return good;
    };
    EXPECT_EQ(at.run(run(at)), 1001);
    EXPECT_GT(at.calls()[1], 500);
}

TEST_F(BalancingTest, calls_that_are_under_way_when_a_replica_dies_are_made_again) {
    at.add(2);
    warm_up();
    const auto run = [](Cluster& at) -> Task<int> {
        std::vector<Task<Result<Text>>> calls;
        for (int i = 0; i < 20; ++i) calls.push_back(at.say("hello"));
        const auto crash = [](Cluster& at) -> Task<Result<Text>> {
            at.crash(0);
            co_return Text{};
        };
        calls.push_back(crash(at));
        int good = 0;
        for (const auto& answer : co_await all(std::move(calls))) good += answer ? 1 : 0;
        co_return good;
    };
    EXPECT_EQ(at.run(run(at)), 21);
    EXPECT_EQ(at.calls()[1], 20);
    EXPECT_GE(at.channel().state().retries, 10u);
}

TEST_F(BalancingTest, a_stream_without_an_answer_moves_to_another_replica_with_its_reader_and_its_writer) {
    at.add(2);
    warm_up();
    const auto run = [](Cluster& at) -> Task<std::string> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), 20s)};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_TRUE(call);
        Gate gate;
        std::string heard;
        const auto listen = [](ClientCall<Text, Text>& call, std::string& heard) -> Task<void> {
            while (true) {
                const auto next = co_await call.read();
                EXPECT_TRUE(next) << next.error().detail();
                if (!next || !*next) co_return;
                heard += (*next)->value();
            }
        };
        spawn(gate, listen(*call, heard));
        Text text;
        text.set_value("early");
        // The request is written, but has not been sent yet.
        EXPECT_TRUE(co_await call->write(text));
        at.crash(at.channel().state().subchannels[0].streams_open == 1 ? 0 : 1);
        co_await at.settle();
        text.set_value(" and late");
        EXPECT_TRUE(co_await call->write(text));
        EXPECT_TRUE(co_await call->finish_writes());
        co_await close_and_wait(gate);
        co_return heard;
    };
    EXPECT_EQ(at.run(run(at)), "re: earlyre:  and late");
}

TEST_F(BalancingTest, a_replica_that_comes_back_is_found_without_a_failed_call) {
    at.add(2);
    warm_up();
    at.crash(0);
    EXPECT_EQ(at.run(at.say_often(10)), 10);
    at.replicas[0]->unreachable = false;
    at.run(at.say_until([this] { return connectivity_of(0) == Connectivity::ready; }));
    warm_up();
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    EXPECT_THAT(at.calls(), ElementsAre(2, 2));
}

TEST_F(BalancingTest, a_replica_that_does_not_serve_gets_no_calls_until_it_does) {
    at.add(2);
    at.replicas[1]->serving = false;
    warm_up();
    EXPECT_EQ(at.run(at.say_often(6)), 6);
    EXPECT_THAT(at.calls(), ElementsAre(6, 0));
    EXPECT_EQ(connectivity_of(1), Connectivity::transient_failure);
    at.replicas[1]->serving = true;
    at.run(at.say_until([this] { return connectivity_of(1) == Connectivity::ready; }));
    at.replicas[0]->serving = false;
    at.run(at.say_until([this] { return connectivity_of(0) == Connectivity::transient_failure; }));
    warm_up();
    EXPECT_EQ(at.run(at.say_often(6)), 6);
    EXPECT_THAT(at.calls(), ElementsAre(0, 6));
    EXPECT_EQ(at.replicas[1]->connections, 1);
}

TEST_F(BalancingTest, a_replica_that_reports_that_it_does_not_serve_is_better_than_none) {
    at.options.retry.attempts_max = 1;
    // Or replica 0 would be tried again whenever the test looks.
    at.options.backoff_first = at.options.backoff_last = 1h;
    at.add(2);
    at.replicas[0]->unreachable = true;
    at.replicas[1]->serving = false;
    warm_up();
    ASSERT_EQ(connectivity_of(1), Connectivity::transient_failure);
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    EXPECT_GE(at.calls()[1], 4);
}

TEST_F(BalancingTest, a_call_that_is_over_is_not_sent_to_the_last_replica_that_is_left) {
    at.add(2);
    at.replicas[0]->serving = false;
    at.replicas[1]->unreachable = true;
    warm_up();
    Gate gate;
    RootCall call{at.loop};
    Text request;
    request.set_value("hello");
    std::optional<Result<Text>> answer;
    const auto say = [](Cluster& at, const CallContext& ctx, const Text& request, auto& answer) -> Task<void> {
        auto said = co_await call_unary<Text>(at.channel(), ctx, kSay, request);
        answer.emplace(std::move(said));
    };
    // The call waits while the second replica is tried. It ends after that attempt has failed, and
    // before it hears so.
    bool refused = false;
    at.replicas[1]->before_refusal = [&] {
        spawn(gate, say(at, call.context(), request, answer));
        at.loop.post([&] { call.scope().cancel(cancelled()); });
        refused = true;
    };
    at.run(at.say_until([&] { return refused; }));
    at.run(at.settle());
    at.run(close_and_wait(gate));
    ASSERT_TRUE(answer);
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code(), Code::cancelled);
    EXPECT_FALSE(answer->error().outcome_open());
}

TEST_F(BalancingTest, if_no_replica_serves_calls_that_wait_for_one_succeed_later) {
    at.add(2);
    for (const auto& replica : at.replicas) replica->serving = false;
    warm_up();
    const auto before = at.calls();
    CallOptions waiting{.wait_for_ready = true};
    Timer open{at.loop.timers(), [this] { at.replicas[0]->serving = true; }};
    open.arm(at.loop.now() + 20ms);
    EXPECT_TRUE(at.run(at.say("hello", &waiting)));
    EXPECT_THAT(at.calls(), ElementsAre(before[0] + 1, before[1]));
}

TEST_F(BalancingTest, when_the_last_replica_ends_one_that_has_come_back_is_tried_at_once) {
    at.options.retry.attempts_max = 1;
    at.options.backoff_first = at.options.backoff_last = 1h;
    at.add(2);
    warm_up();
    at.crash(0);
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    at.replicas[0]->unreachable = false;
    at.replicas[1]->serving = false;
    at.run(at.say_until([this] { return connectivity_of(1) == Connectivity::transient_failure; }));
    at.run(at.settle());
    EXPECT_EQ(connectivity_of(0), Connectivity::ready);
    const auto before = at.calls();
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    EXPECT_THAT(at.calls(), ElementsAre(before[0] + 4, before[1]));
}

TEST_F(BalancingTest, a_replica_without_the_health_service_is_healthy) {
    at.add(2, false);
    warm_up();
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    EXPECT_THAT(at.calls(), ElementsAre(2, 2));
}

TEST_F(BalancingTest, health_is_not_checked_if_that_is_turned_off) {
    at.options.health_checks = false;
    at.add(2);
    at.replicas[1]->serving = false;
    warm_up();
    EXPECT_EQ(at.run(at.say_often(4)), 4);
    EXPECT_THAT(at.calls(), ElementsAre(2, 2));
}

TEST_F(BalancingTest, a_health_watch_that_has_ended_does_not_count_as_a_call) {
    at.options.backoff_first = at.options.backoff_last = 1h;
    at.add(2);
    warm_up();
    at.replicas[0]->health->shut_down();
    at.run(at.say_until([this] { return connectivity_of(0) == Connectivity::transient_failure; }));
    at.run(at.settle());
    for (const auto& subchannel : at.channel().state().subchannels) EXPECT_EQ(subchannel.streams_open, 0u);
}

TEST_F(BalancingTest, the_health_watch_does_not_make_a_draining_replica_wait) {
    at.add(2);
    warm_up();
    const auto run = [](Cluster& at) -> Task<bool> {
        Gate gate;
        bool drained = false;
        const auto drain = [](Cluster& at, bool& drained) -> Task<void> {
            co_await at.replicas[0]->server->drain(Deadline::never());
            drained = true;
        };
        spawn(gate, drain(at, drained));
        co_await at.settle();
        const bool in_time = drained;
        at.crash(0);
        co_await close_and_wait(gate);
        co_return in_time;
    };
    EXPECT_TRUE(at.run(run(at)));
    EXPECT_EQ(at.run(at.say_often(4)), 4);
}

TEST_F(BalancingTest, calls_beyond_the_streams_of_all_replicas_wait_in_a_queue) {
    at.add(2);
    warm_up();
    const auto run = [](Cluster& at) -> Task<int> {
        std::vector<Task<Result<Text>>> calls;
        for (int i = 0; i < 1000; ++i) calls.push_back(at.say("hello"));
        int good = 0;
        for (const auto& answer : co_await all(std::move(calls))) good += answer ? 1 : 0;
        co_return good;
    };
    EXPECT_EQ(at.run(run(at)), 1000);
    EXPECT_THAT(at.calls(), Each(Ge(300)));
}

TEST_F(BalancingTest, the_state_reports_what_has_become_of_every_address) {
    at.add(2);
    at.replicas[1]->unreachable = true;
    at.options.backoff_first = at.options.backoff_last = 1h;
    warm_up();
    EXPECT_EQ(at.run(at.say_often(3)), 3);
    EXPECT_FALSE(at.run(at.say("missing")));
    const auto state = at.channel().state();
    EXPECT_EQ(state.target, "cluster");
    EXPECT_EQ(state.connectivity, Connectivity::ready);
    EXPECT_EQ(state.calls.started, state.calls.succeeded + state.calls.failed);
    EXPECT_EQ(state.calls.failed, 1u);
    ASSERT_EQ(state.subchannels.size(), 2u);
    const auto& [good, bad] = std::tie(state.subchannels[0], state.subchannels[1]);
    EXPECT_EQ(good.address, "replica:0");
    EXPECT_EQ(good.connectivity, Connectivity::ready);
    EXPECT_EQ(good.connections, 1u);
    EXPECT_EQ(good.calls.failed, 1u);
    EXPECT_EQ(good.streams_open, 0u) << "the health watch is no call";
    EXPECT_EQ(bad.connectivity, Connectivity::transient_failure);
    EXPECT_EQ(bad.connections, 0u);
    EXPECT_EQ(bad.last_failure, "refused");
}

}  // namespace
}  // namespace tw::rpc::test
