#include "kit/rpc/network/scripted_channel_fixture.hpp"

// These tests cover streams that are made again while their readers and writers are active.
namespace tw::rpc::test {
namespace {

struct StreamRetryTest : ScriptedChannel {
    /// The sizes of a message with one letter, on the wire and without its prefix.
    static constexpr std::size_t kWireBytes = 8;
    static constexpr std::size_t kLetterBytes = 3;

    static Text letter(char c) {
        Text text;
        text.set_value(std::string(1, c));
        return text;
    }
    Task<void> until(std::function<bool()> done) {
        while (!done()) co_await hop_to(loop);
    }
    using Call = ClientCall<Text, Text>;
    static Task<void> read_to_end(Call& call, Result<int>& outcome) {
        int messages = 0;
        while (true) {
            const auto next = co_await call.read();
            if (!next) {
                outcome = next.error();
                co_return;
            }
            if (!*next) break;
            ++messages;
        }
        outcome = messages;
    }
};

TEST_F(StreamRetryTest, requests_written_while_the_stream_is_made_again_arrive_once) {
    connect();
    const auto run = [](StreamRetryTest& at) -> Task<void> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        auto call = co_await open_call<Text, Text>(*at.channel, root.context(), kChat);
        EXPECT_TRUE(call);
        Result<int> outcome = 0;
        Gate gate;
        spawn(gate, read_to_end(*call, outcome));
        // The stream may keep exactly these requests. With their prefixes they exceed the
        // flow-control window, so they are not sent at once.
        const auto letters = 64 * 1024 / kLetterBytes;
        const auto early = letter('a');
        for (std::size_t i = 0; i < letters; ++i) EXPECT_TRUE(co_await call->write(early));
        co_await at.until([&] { return at.callee.calls.at(0)->body.size() == letters * kWireBytes; });
        at.callee.calls[0]->reset(net::H2Code::refused_stream);
        co_await at.until([&] { return at.channel->state().retries == 1; });
        const auto late = letter('z');
        EXPECT_TRUE(co_await call->write(late));
        EXPECT_TRUE(co_await call->finish_writes());
        co_await close_and_wait(gate);
        EXPECT_TRUE(outcome);
        EXPECT_EQ(at.callee.calls.size(), 2u);
        const auto& body = at.callee.calls.back()->body;
        EXPECT_EQ(body.size(), (letters + 1) * kWireBytes);
        EXPECT_EQ(std::ranges::count(body, 'z'), 1);
        EXPECT_EQ(body.back(), 'z');
    };
    run_until_done(loop, run(*this));
}

TEST_F(StreamRetryTest, an_early_answer_does_not_shorten_the_requests_that_are_sent_again) {
    connect();
    const auto run = [](StreamRetryTest& at) -> Task<void> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        auto call = co_await open_call<Text, Text>(*at.channel, root.context(), kChat);
        EXPECT_TRUE(call);
        const auto letters = 64 * 1024 / kLetterBytes;
        const auto early = letter('a');
        for (std::size_t i = 1; i < letters; ++i) EXPECT_TRUE(co_await call->write(early));
        co_await at.until([&] { return at.callee.calls.at(0)->body.size() == (letters - 1) * kWireBytes; });
        at.callee.calls[0]->reset(net::H2Code::refused_stream);
        for (int i = 0; i < 10; ++i) co_await hop_to(at.loop);
        Gate gate;
        const auto write_on = [](Call& call) -> Task<void> {
            const auto late = letter('z');
            EXPECT_TRUE(co_await call.write(late));
            EXPECT_TRUE(co_await call.finish_writes());
        };
        spawn(gate, write_on(*call));
        co_await at.until([&] { return at.callee.calls.size() == 2; });
        at.callee.calls[1]->reply_in_part();
        EXPECT_TRUE(co_await call->read());
        co_await close_and_wait(gate);
        co_await at.until([&] { return at.callee.calls[1]->remote_ended(); });
        EXPECT_EQ(at.callee.calls[1]->body.size(), letters * kWireBytes);
        EXPECT_EQ(at.callee.calls[1]->body.back(), 'z');
        at.callee.calls[1]->reset(net::H2Code::cancel);
        EXPECT_FALSE(co_await call->read());
    };
    callee.answers = {{}, {.hold = true}};
    run_until_done(loop, run(*this));
}

TEST_F(StreamRetryTest, a_stream_that_is_opened_before_an_unread_goaway_moves_to_another_connection) {
    method = repeated(kCount, Idempotency::none);
    callee.answers = {{.status = static_cast<int>(Code::not_found), .drain = true}};
    connect();
    const auto run = [](StreamRetryTest& at) -> Task<Code> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        Text request;
        request.set_value("hello");
        const auto first = co_await call_unary<Text>(*at.channel, root.context(), kSay, request);
        EXPECT_EQ(first.error().code(), Code::not_found);
        auto call = co_await call_server_streaming<Text>(*at.channel, root.context(), at.method, request);
        if (!call) co_return call.error().code();
        const auto next = co_await call->read();
        co_return next ? Code::ok : next.error().code();
    };
    EXPECT_EQ(run_until_done(loop, run(*this)), Code::ok);
    EXPECT_EQ(callee.connections.size(), 2u);
}

TEST_F(StreamRetryTest, a_channel_may_be_destroyed_while_its_stream_waits_for_a_connection) {
    for (const bool patient : {false, true}) {
        CallOptions call_options{.wait_for_ready = patient};
        const auto run = [](StreamRetryTest& at, CallOptions& call_options) -> Task<void> {
            RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
            auto call = co_await open_call<Text, Text>(*at.channel, root.context(), kChat, &call_options);
            EXPECT_TRUE(call);
            Result<int> outcome = 0;
            Gate gate;
            spawn(gate, read_to_end(*call, outcome));
            co_await at.until([&] { return !at.callee.calls.empty(); });
            at.connecting_takes_for_ever = !*call_options.wait_for_ready;
            at.connecting_fails = *call_options.wait_for_ready;
            const auto attempts = at.attempts;
            at.callee.connections.back()->close();
            co_await at.until([&] { return at.attempts > attempts; });
            for (int i = 0; i < 10; ++i) co_await hop_to(at.loop);
            EXPECT_EQ(gate.inside(), 1u) << "it waits";
            at.channel.reset();
            co_await close_and_wait(gate);
            EXPECT_FALSE(outcome);
            EXPECT_EQ(outcome ? Code::ok : outcome.error().code(), Code::unavailable) << "not the deadline ends it";
        };
        options.backoff_first = options.backoff_last = 1h;
        connect();
        run_until_done(loop, run(*this, call_options));
        callee.calls.clear();
        connecting_takes_for_ever = connecting_fails = false;
    }
}

}  // namespace
}  // namespace tw::rpc::test
