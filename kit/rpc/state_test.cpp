#include "kit/rpc/placement_fixture.hpp"

#include <gtest/gtest.h>

// These tests cover the state that channels and servers report.
namespace tw::rpc::test {
namespace {

class StateTest : public testing::Test {
 protected:
    Placement at{true};

    Result<Text> say(std::string what) { return at.run(at.say(std::move(what))); }
};

TEST_F(StateTest, a_server_reports_its_calls_and_connections) {
    ASSERT_TRUE(say("hello"));
    ASSERT_FALSE(say("missing"));
    const auto state = at.server().state();
    EXPECT_EQ(state.calls.started, 2u);
    EXPECT_EQ(state.calls.succeeded, 1u);
    EXPECT_EQ(state.calls.failed, 1u);
    ASSERT_EQ(state.connections.size(), 1u);
    EXPECT_EQ(state.connections_open, 1u);
    EXPECT_EQ(state.connections[0].peer, "memory:1");
    EXPECT_EQ(state.connections[0].streams_started, 2u);
    EXPECT_EQ(state.connections[0].streams_open, 0u);
    EXPECT_LE(state.connections[0].since, at.loop.now());
}

TEST_F(StateTest, a_channel_reports_its_calls_and_its_connection) {
    EXPECT_EQ(at.channel().state().connectivity, Connectivity::idle);
    ASSERT_TRUE(say("hello"));
    ASSERT_FALSE(say("missing"));
    const auto state = at.channel().state();
    EXPECT_EQ(state.target, "echo:50051");
    EXPECT_EQ(state.connectivity, Connectivity::ready);
    EXPECT_EQ(state.calls.started, 2u);
    EXPECT_EQ(state.calls.succeeded, 1u);
    EXPECT_EQ(state.calls.failed, 1u);
    ASSERT_EQ(state.subchannels.size(), 1u);
    EXPECT_EQ(state.subchannels[0].connections, 1u);
}

TEST_F(StateTest, a_call_that_the_client_cancels_has_failed_on_the_server) {
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        const auto cancel = [](Placement& at, RootCall& root) -> Task<void> {
            while (at.service.calls == 0) co_await hop_to(at.loop);
            EXPECT_EQ(at.server().state().connections[0].streams_open, 1u);
            root.scope().cancel(cancelled());
        };
        Gate gate;
        spawn(gate, cancel(at, root));
        Text request;
        request.set_value("wait");
        EXPECT_FALSE(co_await call_unary<Text>(at.channel(), root.context(), kSay, request));
        co_await close_and_wait(gate);
        co_await at.settle();
    };
    at.run(run(at));
    EXPECT_EQ(at.server().state().calls.failed, 1u);
    EXPECT_EQ(at.channel().state().calls.failed, 1u);
}

TEST(LocalState, a_local_channel_is_always_ready) {
    Placement at{false};
    ASSERT_TRUE(at.run(at.say("hello")));
    const auto state = at.channel().state();
    EXPECT_EQ(state.policy, "local");
    EXPECT_EQ(state.connectivity, Connectivity::ready);
    EXPECT_EQ(state.calls.succeeded, 1u);
    EXPECT_TRUE(state.subchannels.empty());
}

}  // namespace
}  // namespace tw::rpc::test
