#include "kit/rpc/network/cluster_fixture.hpp"
#include "kit/rpc/network/scripted_callee_fixture.hpp"

#include <gtest/gtest.h>

// These tests cover a channel whose callee's addresses are looked up and change.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;

using ResolvingTest = ClusterTest;

TEST_F(ResolvingTest, new_addresses_get_calls_and_removed_addresses_finish_theirs) {
    at.add(3);
    at.finds({0, 1});
    at.options.resolve_period = 2ms;
    warm_up();
    const auto run = [](Cluster& at) -> Task<Result<Text>> {
        Gate gate;
        std::optional<Result<Text>> answer;
        const auto ask = [](Cluster& at, std::optional<Result<Text>>& answer) -> Task<void> {
            answer = co_await at.say("stubborn");
        };
        spawn(gate, ask(at, answer));
        co_await at.settle();
        const auto busy = at.replicas[0]->service.running == 1 ? 0U : 1U;
        at.finds({1 - busy, 2});
        co_await at.say_until([&] { return at.replicas[2]->service.calls > 0; });
        EXPECT_FALSE(answer);
        at.replicas[busy]->service.calls = 0;
        EXPECT_EQ(co_await at.say_often(10), 10);
        EXPECT_EQ(at.replicas[busy]->service.calls, 0);
        at.replicas[busy]->service.release.set(true);
        co_await close_and_wait(gate);
        co_await at.settle();
        EXPECT_EQ(at.replicas[busy]->server->connections(), 0u) << "its connection is closed when its last call has ended";
        EXPECT_EQ(at.replicas[1 - busy]->connections, 1) << "who stays on the list keeps his connection";
        co_return *answer;
    };
    EXPECT_TRUE(at.run(run(at)));
}

TEST_F(ResolvingTest, a_lost_connection_makes_the_channel_look_again) {
    at.add(2);
    at.finds({0});
    at.options.resolve_period = 0ms;
    warm_up();
    EXPECT_EQ(at.lookups, 1);
    EXPECT_EQ(at.channel().state().policy, "pick_first");
    at.finds({1});
    at.crash(0);
    at.run(at.say_until([this] { return at.replicas[1]->service.calls > 0; }));
    EXPECT_EQ(at.lookups, 2);
}

TEST_F(ResolvingTest, a_lookup_that_fails_leaves_the_addresses_as_they_were) {
    at.add(1);
    at.finds({0});
    at.options.resolve_period = 1ms;
    warm_up();
    at.found->clear();
    at.run(at.say_until([this] { return at.lookups > 3; }));
    EXPECT_EQ(at.run(at.say_often(5)), 5);
    EXPECT_EQ(at.replicas[0]->connections, 1);
}

TEST_F(ResolvingTest, without_any_address_calls_fail_and_say_why) {
    at.options.retry.attempts_max = 1;
    at.add(1);
    at.finds({});
    const auto answer = at.run(at.say("hello"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::unavailable);
    EXPECT_EQ(answer.error().cause(), "replica:0: the name server is away");
    at.finds({0});
    CallOptions patient{.wait_for_ready = true};
    EXPECT_TRUE(at.run(at.say("hello", &patient)));
}

TEST_F(ResolvingTest, a_lookup_that_fails_without_a_cause_is_reported_too) {
    NetworkTransport::Dependencies dependencies;
    dependencies.connector_to = [](const net::Address&) -> Connector { return nullptr; };
    dependencies.lookup = [](const CallContext& ctx) -> Task<Result<std::vector<net::Address>>> {
        co_await hop_to(ctx.loop());
        co_return unavailable("the name server took too long");
    };
    NetworkTransport transport{at.loop, Target{.text = "nobody", .addresses = {{"nobody", 1}}}, at.options,
                               std::move(dependencies)};
    const auto ask = [](Cluster& at, NetworkTransport& transport) -> Task<std::string> {
        RootCall root{at.loop};
        Metadata none;
        CallInfo info{kSay, none, none, none};
        std::string response;
        const auto done = co_await transport.unary_bytes(root.context(), info, "", response);
        co_return done ? "" : done.error().cause();
    };
    EXPECT_EQ(at.run(ask(at, transport)), "nobody:1: the name server took too long");
}

TEST_F(ResolvingTest, the_only_remaining_replica_gets_calls_whatever_its_health_was) {
    at.options.resolve_period = 0ms;
    at.lookups_max = 2;
    at.add(2);
    at.replicas[0]->serving = false;
    at.finds({0, 1});
    warm_up();
    ASSERT_EQ(connectivity_of(0), Connectivity::transient_failure);
    at.finds({0});
    at.crash(1);
    at.run(at.say_until([this] { return at.channel().state().policy == "pick_first"; }));
    EXPECT_EQ(at.run(at.say_often(3)), 3) << "with one address nobody asks for its health";
}

/// A transport whose lookups end when the test says so. The callees hold the calls that they get.
struct Handover {
    Handover() {
        callee.limits.streams_max = 1;
        callee.answers = {{.messages = 1, .hold = true}};
        NetworkTransport::Dependencies dependencies;
        dependencies.connector_to = [this](const net::Address&) -> Connector {
            return [this](const CallContext& ctx) { return callee.connect(ctx); };
        };
        dependencies.lookup = [this](const CallContext&) { return look_up(); };
        ChannelOptions options{.resolve_interval_least = 0ms, .resolve_period = 1ms};
        transport = std::make_unique<NetworkTransport>(loop, Target{.text = "callee", .addresses = {{"callee", 1}}}, options,
                                                       std::move(dependencies));
    }
    ~Handover() {
        transport.reset();
        run_until_done(loop, end_of(callee));
    }

    using Addresses = std::vector<net::Address>;

    EventLoop loop;
    Callee callee{loop};
    int lookups = 0;
    OneShot<Addresses> next;
    std::unique_ptr<NetworkTransport> transport;

    Task<Result<Addresses>> look_up() {
        ++lookups;
        if (lookups == 1) co_return Addresses{{"old", 1}};
        if (lookups == 2) co_return co_await next;
        co_return Addresses{{"new", 1}};
    }
    Task<Code> ask() {
        RootCall root{loop, Deadline::after(loop.now(), 20s)};
        Metadata none;
        CallInfo info{kSay, none, none, none};
        std::string response;
        const auto done = co_await transport->unary_bytes(root.context(), info, "", response);
        co_return done ? Code::ok : done.error().code();
    }
    Task<void> until(std::function<bool()> done) {
        while (!done()) co_await hop_to(loop);
    }
};

TEST(HandoverTest, a_connection_that_is_retired_while_a_stream_on_it_is_reserved_is_closed) {
    Handover at;
    const auto run = [](Handover& at) -> Task<void> {
        Gate gate;
        const auto first = [](Handover& at) -> Task<void> {
            EXPECT_EQ(co_await at.ask(), Code::ok);
            // The call that waits has just been given the reserved stream.
            at.next.set({{"new", 1}});
        };
        const auto second = [](Handover& at) -> Task<void> { EXPECT_EQ(co_await at.ask(), Code::ok); };
        spawn(gate, first(at));
        co_await at.until([&] { return at.callee.calls.size() == 1 && at.lookups == 2; });
        spawn(gate, second(at));
        co_await hop_to(at.loop);
        at.callee.calls[0]->reply();
        co_await close_and_wait(gate);
        EXPECT_EQ(at.callee.connections.size(), 2u);
        for (int i = 0; i < 100; ++i) co_await hop_to(at.loop);
        EXPECT_EQ(at.callee.connections_ended, 1);
    };
    run_until_done(at.loop, run(at));
}

}  // namespace
}  // namespace tw::rpc::test
