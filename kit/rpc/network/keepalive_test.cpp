#include "kit/rpc/network/scripted_channel_fixture.hpp"
#include "kit/rpc/placement_fixture.hpp"

#include <span>
#include <utility>

#include <gtest/gtest.h>

// These tests cover peers that are gone, and peers that ping too often.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;

class KeepaliveTest : public testing::Test {
 protected:
    Placement at{true};
};

/// A stream to a peer that takes all bytes and sends none, such as one behind a firewall that has
/// forgotten the connection.
class SilentStream final : public net::Stream {
 public:
    explicit SilentStream(EventLoop& loop) : loop_{loop} {}
    ~SilentStream() override { SilentStream::close(); }
    void close() override {
        if (reading_ == nullptr) return;
        loop_.post([operation = std::exchange(reading_, nullptr)] { operation->complete(cancelled()); });
    }
    void shutdown_write() override {}
    const net::Address& peer() const override { return peer_; }

 private:
    void start_read(std::span<char>, Operation& operation) override { reading_ = &operation; }
    void start_write(std::span<const char> bytes, Operation& operation) override { operation.complete(bytes.size()); }

    EventLoop& loop_;
    net::Address peer_{"void", 1};
    Operation* reading_ = nullptr;
};

/// A callee that answers pings, and calls only if a test lets it.
struct SilentCalleeTest : ScriptedChannel {};

/// A transport whose peers never answer.
struct SilentPlacement {
    explicit SilentPlacement(const ChannelOptions& options)
        : transport{at.loop, "void:1", options, [this](const CallContext& ctx) { return connect(ctx); }} {}

    Task<Result<std::unique_ptr<net::Stream>>> connect(const CallContext&) {
        ++connections;
        co_return std::unique_ptr<net::Stream>{std::make_unique<SilentStream>(at.loop)};
    }
    Task<Code> ask(const CallContext& ctx) {
        Metadata none;
        CallInfo info{kSay, none, none, none};
        std::string response;
        auto call = transport.unary_bytes(ctx, info, "", response);
        const auto done = co_await std::move(call);
        co_return done ? Code::ok : done.error().code();
    }
    Code ask_within(std::chrono::milliseconds time) {
        return at.run([](SilentPlacement& self, std::chrono::milliseconds time) -> Task<Code> {
            RootCall root{self.at.loop, Deadline::after(self.at.loop.now(), time)};
            co_return co_await self.ask(root.context());
        }(*this, time));
    }

    Placement at{true};
    int connections = 0;
    NetworkTransport transport;
};

TEST_F(KeepaliveTest, a_callee_that_does_not_answer_pings_is_given_up_and_the_next_call_connects_again) {
    SilentPlacement lost{{.backoff_first = 1ms, .backoff_last = 1ms, .keepalive = {.time = 20ms, .timeout = 20ms}}};
    EXPECT_EQ(lost.ask_within(10s), Code::unavailable);
    EXPECT_EQ(lost.transport.state().subchannels.at(0).last_failure, "the peer did not answer a keepalive ping");
    while (lost.connections < 2) EXPECT_EQ(lost.ask_within(10s), Code::unavailable);
}

TEST_F(KeepaliveTest, short_calls_that_are_never_under_way_when_the_timer_fires_lead_to_a_ping_too) {
    SilentPlacement lost{{.keepalive = {.time = 50ms, .timeout = 20ms}}};
    lost.at.run([](SilentPlacement& self) -> Task<void> {
        RootCall pause{self.at.loop};
        {
            RootCall root{self.at.loop, Deadline::after(self.at.loop.now(), 8ms)};
            EXPECT_EQ(co_await self.ask(root.context()), Code::deadline_exceeded);
        }
        while (self.transport.state().subchannels.at(0).connectivity == Connectivity::ready) {
            static_cast<void>(co_await sleep_for(pause.context(), 2ms));
        }
    }(lost));
    EXPECT_EQ(lost.transport.state().subchannels.at(0).last_failure, "the peer did not answer a keepalive ping");
}

TEST_F(KeepaliveTest, without_keepalive_only_the_deadline_ends_a_call_to_a_silent_callee) {
    SilentPlacement lost{{.keepalive = {.time = 0ms, .timeout = 1ms}}};
    EXPECT_EQ(lost.ask_within(60ms), Code::deadline_exceeded);
}

TEST_F(KeepaliveTest, without_keepalive_a_call_that_waited_in_vain_leads_to_a_ping_and_later_calls_connect_again) {
    SilentPlacement lost{{.backoff_first = 1ms, .backoff_last = 1ms, .keepalive = {.time = 0ms, .timeout = 20ms}}};
    EXPECT_EQ(lost.ask_within(8ms), Code::deadline_exceeded);
    // The call that is under way when the connection is given up ends with it.
    while (lost.connections < 2) std::ignore = lost.ask_within(50ms);
    EXPECT_EQ(lost.transport.state().subchannels.at(0).last_failure, "the peer did not answer a keepalive ping");
}

TEST_F(KeepaliveTest, a_client_that_does_not_answer_pings_is_disconnected_and_its_call_cancelled) {
    at.server_limits.keepalive = {.time = 20ms, .timeout = 20ms, .without_streams = true};
    at.server().serve_stream(std::make_unique<SilentStream>(at.loop));
    EXPECT_EQ(at.server().connections(), 1u);
    at.run([](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        while (at.server().connections() > 0) static_cast<void>(co_await sleep_for(root.context(), 2ms));
    }(at));
}

TEST_F(KeepaliveTest, a_callee_that_answers_pings_keeps_its_call) {
    at.channel_options.keepalive = {.time = 10ms, .timeout = 5'000ms};
    at.server_limits.pings.interval_min = 0ms;
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_TRUE(call);
        const auto& server = at.server();
        while (server.state().connections.empty() || server.state().connections[0].pings_received < 3) {
            static_cast<void>(co_await sleep_for(root.context(), 2ms));
        }
        Text text;
        text.set_value("still here");
        EXPECT_TRUE(co_await call->write(text));
        EXPECT_TRUE(co_await call->read());
    };
    at.run(run(at));
    EXPECT_EQ(at.connections, 1);
}

TEST_F(SilentCalleeTest, without_keepalive_a_callee_that_answers_no_call_is_pinged_once_and_stays_connected) {
    time = 8ms;
    callee.answers.assign(6, {.hold = true});
    for (int i = 0; i < 6; ++i) EXPECT_EQ(call(), Code::deadline_exceeded);
    ASSERT_EQ(callee.connections.size(), 1u);
    EXPECT_EQ(callee.connections[0]->session().pings_received(), 1u);
}

TEST_F(SilentCalleeTest, without_keepalive_an_answer_allows_another_ping) {
    for (int round = 0; round < 2; ++round) {
        time = 8ms;
        callee.answers.assign(3, {.hold = true});
        for (int i = 0; i < 3; ++i) EXPECT_EQ(call(), Code::deadline_exceeded);
        time = 20s;
        EXPECT_EQ(call(), Code::ok);
    }
    EXPECT_EQ(callee.connections.at(0)->session().pings_received(), 2u);
}

TEST_F(KeepaliveTest, a_channel_that_is_told_of_too_many_pings_sends_half_as_many) {
    at.channel_options.keepalive = {.time = 8ms, .timeout = 5'000ms};
    at.server_limits.pings.interval_min = 1h;
    const auto until_sent_away = [](Placement& at) -> Task<std::chrono::nanoseconds> {
        const auto begun = at.loop.now();
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_TRUE(call);
        const auto cut = co_await call->read();
        EXPECT_EQ(cut.error().code(), Code::unavailable);
        co_return at.loop.now() - begun;
    };
    // The fourth ping is one too many, and a timer never fires early.
    for (const auto time : {8ms, 16ms, 32ms, 64ms}) EXPECT_GE(at.run(until_sent_away(at)), 4 * time);
    EXPECT_EQ(at.connections, 4);
}

}  // namespace
}  // namespace tw::rpc::test
