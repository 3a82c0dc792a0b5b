#include "kit/simulation/network/network_calls_fixture.hpp"

#include <chrono>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

// These tests cover a connection that carries nothing any more, and that nobody has closed.
namespace tw::simulation {
namespace {

using rpc::test::Text;

class HalfOpenTest : public testing::Test {
 protected:
    HalfOpenTest() {
        simulation.network().options() = {
            .writes_per_question = 1, .cut = 0, .half_open = 1, .stalled = 0, .slow = 0, .partition = 0};
    }

    void connect(const rpc::ChannelOptions& options) {
        simulation.as(client.owner, [&] {
            channel =
                rpc::make_network_channel(client.loop(), rpc::Target::parse("catalog:8080").value(), options, telemetry.get());
        });
    }
    Task<Code> say() {
        RootCall root{client.loop(), Deadline::after(client.loop().now(), kTimeout)};
        Text request;
        request.set_value("hello");
        const auto answer = co_await rpc::call_unary<Text>(*channel, root.context(), rpc::test::kSay, request);
        co_return answer ? Code::ok : answer.error().code();
    }
    /// Makes one call after the other until the connection has become half-open and a later call is
    /// answered all the same. Returns how long calls were held.
    Task<std::chrono::nanoseconds> calls_until_answered() {
        EXPECT_EQ(co_await say(), Code::ok);
        simulation.faults().set_intensity(1);
        auto begun = simulation.time();
        auto code = co_await say();
        while (code == Code::ok) {
            begun = simulation.time();
            code = co_await say();
        }
        simulation.faults().set_intensity(0);
        EXPECT_EQ(code, Code::deadline_exceeded);
        while (code != Code::ok && simulation.time() - begun < 10min) {
            const auto call_begun = simulation.time();
            code = co_await say();
            EXPECT_LE(simulation.time() - call_begun, kTimeout + 100ms);
            // While the circuit breaker is open, calls end at once.
            RootCall pause{client.loop()};
            static_cast<void>(co_await sleep_for(pause.context(), 100ms));
        }
        EXPECT_EQ(code, Code::ok);
        co_return simulation.time() - begun;
    }
    std::chrono::nanoseconds held() {
        std::optional<std::chrono::nanoseconds> took;
        client.loop().post([&] {
            spawn(gate, [](HalfOpenTest& at, std::optional<std::chrono::nanoseconds>& result) -> Task<void> {
                result = co_await at.calls_until_answered();
            }(*this, took));
        });
        EXPECT_TRUE(simulation.run_until([&] { return took.has_value(); }, 20min));
        return took.value_or(1h);
    }
    void TearDown() override {
        client.loop().post([&] { channel.reset(); });
        replica.end();
        simulation.run_for(1min);
    }

    static constexpr auto kTimeout = 2s;
    /// During the first call that is held, something may have come before the connection broke. The
    /// second one has certainly waited in silence.
    static constexpr auto kUntilDoubt = 2 * kTimeout + 100ms;
    static constexpr auto kReconnect = 1s;

    Simulation simulation{1};
    RpcReplica replica{simulation, "catalog"};
    TestProcess client{simulation, "order"};
    test::QuietTelemetry telemetry;
    std::unique_ptr<rpc::Channel> channel;
    Gate gate;
};

TEST_F(HalfOpenTest, without_keepalive_it_holds_calls_until_one_has_waited_in_vain_and_a_ping_gets_no_answer) {
    connect({});
    EXPECT_LE(held(), kUntilDoubt + rpc::ChannelOptions{}.keepalive.timeout + kReconnect);
}

TEST_F(HalfOpenTest, with_keepalive_a_call_that_waited_in_vain_is_noticed_sooner_than_silence) {
    connect({.keepalive = {.time = 10min, .timeout = 3s}});
    EXPECT_LE(held(), kUntilDoubt + 3s + kReconnect);
}

}  // namespace
}  // namespace tw::simulation
