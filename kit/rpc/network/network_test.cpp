#include "kit/rpc/placement_fixture.hpp"
#include "kit/testing/memory_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what only a network channel and its server do: limits, drain, lost connections.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class NetworkTest : public testing::Test {
 protected:
    Placement at{true};

    Result<Text> say(std::string what) { return at.run(at.say(std::move(what))); }
};

TEST_F(NetworkTest, a_request_beyond_the_servers_limit_is_refused) {
    at.server_limits.message_bytes_max = 1000;
    EXPECT_TRUE(say(std::string(900, 'x')));
    const auto answer = say(std::string(300'000, 'x'));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::resource_exhausted);
    EXPECT_EQ(answer.error().reason(), "MESSAGE_TOO_LARGE");
    EXPECT_TRUE(say("still there"));
    EXPECT_EQ(at.connections, 1);
}

TEST_F(NetworkTest, an_answer_beyond_the_clients_limit_is_refused) {
    at.channel_options.message_bytes_max = 1000;
    const auto answer = say("large");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::resource_exhausted);
    EXPECT_TRUE(say("still there"));
}

TEST_F(NetworkTest, messages_larger_than_all_windows_pass_both_ways) {
    const auto answer = say(std::string(3'000'000, 'x'));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value().size(), 3'000'000u);
}

/// Sends more metadata than a server accepts.
class LargeMetadataSender final : public Interceptor {
 public:
    Task<Result<void>> around(const CallContext& ctx, CallInfo& call, Next next) override {
        call.request_metadata.emplace_back("much", std::string(bytes, 'x'));
        return next(ctx);
    }
    std::size_t bytes = 9000;
};

TEST_F(NetworkTest, too_much_metadata_is_refused_and_far_too_much_resets_the_stream) {
    LargeMetadataSender sender;
    at.client_interceptors = {&sender};
    at.server_limits.metadata_bytes_max = 8 * 1024;
    EXPECT_EQ(say("hello").error().reason(), "METADATA_TOO_LARGE");
    sender.bytes = 40'000;
    EXPECT_EQ(say("hello").error().reason(), "STREAM_RESET");
    sender.bytes = 10;
    EXPECT_TRUE(say("hello"));
}

/// Answers with more metadata than a client accepts.
class LargeMetadataPolicy final : public Policy {
 public:
    Part part_in(const Method&) const override { return {.before = true}; }
    ValueTask<Result<void>> before(const CallContext&, CallInfo& call) override {
        (in_trailers ? call.trailing_metadata : call.initial_metadata).emplace_back("much", std::string(bytes, 'x'));
        return {};
    }
    std::size_t bytes = 9000;
    bool in_trailers = false;
};

TEST_F(NetworkTest, an_answer_with_too_much_metadata_is_refused_wherever_it_comes) {
    LargeMetadataPolicy policy;
    at.use_policies({&policy});
    at.channel_options.metadata_bytes_max = 8 * 1024;
    for (const bool in_trailers : {false, true}) {
        policy.in_trailers = in_trailers;
        policy.bytes = 9000;
        const auto answer = say("hello");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code(), Code::resource_exhausted);
        EXPECT_EQ(answer.error().reason(), "METADATA_TOO_LARGE");
        policy.bytes = 10;
        EXPECT_TRUE(say("hello"));
    }
    EXPECT_EQ(at.connections, 1);
}

TEST_F(NetworkTest, calls_beyond_the_streams_that_the_server_allows_wait_in_a_queue) {
    at.server_limits.streams_max = 3;
    const auto run = [](Placement& at) -> Task<int> {
        std::vector<Task<Result<Text>>> calls;
        for (int i = 0; i < 200; ++i) calls.push_back(at.say("hello"));
        int good = 0;
        for (const auto& answer : co_await all(std::move(calls))) good += answer ? 1 : 0;
        co_return good;
    };
    EXPECT_EQ(at.run(run(at)), 200);
    EXPECT_EQ(at.connections, 1);
}

TEST_F(NetworkTest, a_call_that_waits_for_its_turn_ends_with_its_deadline) {
    at.server_limits.streams_max = 1;
    const auto run = [](Placement& at) -> Task<Code> {
        static_cast<void>(co_await at.say("settings have come"));
        Gate gate;
        RootCall blocker{at.loop};
        const auto block = [](Placement& at, RootCall& root) -> Task<void> {
            Text request;
            request.set_value("wait");
            static_cast<void>(co_await call_unary<Text>(at.channel(), root.context(), kSay, request));
        };
        spawn(gate, block(at, blocker));
        RootCall root{at.loop, Deadline::after(at.loop.now(), 20ms)};
        Text request;
        request.set_value("hello");
        const auto answer = co_await call_unary<Text>(at.channel(), root.context(), kSay, request);
        blocker.scope().cancel(cancelled());
        co_await close_and_wait(gate);
        co_return answer ? Code::ok : answer.error().code();
    };
    EXPECT_EQ(at.run(run(at)), Code::deadline_exceeded);
    EXPECT_EQ(at.service.calls, 2);
    EXPECT_TRUE(say("there is room again"));
}

TEST_F(NetworkTest, a_drain_lets_calls_end_and_later_calls_connect_again) {
    const auto run = [](Placement& at) -> Task<Result<Text>> {
        Gate gate;
        std::optional<Result<Text>> answer;
        const auto ask = [](Placement& at, std::optional<Result<Text>>& answer) -> Task<void> {
            answer = co_await at.say("stubborn");
        };
        spawn(gate, ask(at, answer));
        co_await at.settle();
        bool drained = false;
        const auto drain = [](Placement& at, bool& drained) -> Task<void> {
            co_await at.server().drain(Deadline::never());
            drained = true;
        };
        spawn(gate, drain(at, drained));
        co_await at.settle();
        EXPECT_FALSE(drained);
        at.service.release.set(true);
        co_await close_and_wait(gate);
        EXPECT_TRUE(drained);
        EXPECT_EQ(at.server().connections(), 0u);
        at.drop_server();
        co_return *answer;
    };
    EXPECT_TRUE(at.run(run(at)));
    EXPECT_TRUE(say("hello"));
    EXPECT_EQ(at.connections, 2);
}

TEST_F(NetworkTest, a_drain_cancels_the_remaining_calls_at_its_deadline) {
    const auto run = [](Placement& at) -> Task<Code> {
        Gate gate;
        std::optional<Result<Text>> answer;
        const auto ask = [](Placement& at, std::optional<Result<Text>>& answer) -> Task<void> {
            answer = co_await at.say("wait");
        };
        spawn(gate, ask(at, answer));
        co_await at.settle();
        co_await at.server().drain(Deadline::after(at.loop.now(), 20ms));
        co_await close_and_wait(gate);
        co_return *answer ? Code::ok : (*answer).error().code();
    };
    EXPECT_EQ(at.run(run(at)), Code::unavailable);
    EXPECT_THAT(at.service.ends, testing::ElementsAre(Code::cancelled));
}

TEST_F(NetworkTest, a_lost_connection_is_unavailable_and_names_the_address) {
    const auto run = [](Placement& at) -> Task<Result<Text>> {
        Gate gate;
        std::optional<Result<Text>> answer;
        const auto ask = [](Placement& at, std::optional<Result<Text>>& answer) -> Task<void> {
            answer = co_await at.say("wait");
        };
        spawn(gate, ask(at, answer));
        co_await at.settle();
        at.drop_server();
        co_await close_and_wait(gate);
        co_return *answer;
    };
    const auto answer = at.run(run(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::unavailable);
    EXPECT_THAT(answer.error().detail(), HasSubstr("echo:50051"));
    EXPECT_TRUE(say("hello"));
}

TEST_F(NetworkTest, an_unreachable_callee_is_unavailable_and_is_not_tried_at_every_call) {
    at.unreachable = true;
    at.channel_options.backoff_first = 1h;
    at.channel_options.backoff_last = 1h;
    for (int i = 0; i < 3; ++i) {
        const auto answer = say("hello");
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code(), Code::unavailable);
        EXPECT_THAT(answer.error().detail(), HasSubstr("echo:50051"));
    }
    EXPECT_EQ(at.connections, 1);
}

TEST_F(NetworkTest, calls_that_wait_for_one_attempt_share_its_outcome) {
    const auto run = [](Placement& at) -> Task<int> {
        std::vector<Task<Result<Text>>> calls;
        for (int i = 0; i < 5; ++i) calls.push_back(at.say("hello"));
        int good = 0;
        for (const auto& answer : co_await all(std::move(calls))) good += answer ? 1 : 0;
        co_return good;
    };
    EXPECT_EQ(at.run(run(at)), 5);
    EXPECT_EQ(at.connections, 1);
}

TEST_F(NetworkTest, a_connection_without_calls_is_closed) {
    at.server_limits.idle_time_max = 10ms;
    const auto run = [](Placement& at) -> Task<void> {
        static_cast<void>(co_await at.say("hello"));
        RootCall root{at.loop};
        while (at.server().connections() > 0) static_cast<void>(co_await sleep_for(root.context(), 2ms));
    };
    at.run(run(at));
    EXPECT_TRUE(say("hello"));
    EXPECT_EQ(at.connections, 2);
}

TEST_F(NetworkTest, a_call_that_waits_for_ready_outlasts_failed_attempts) {
    at.unreachable = true;
    at.channel_options.backoff_first = at.channel_options.backoff_last = 5ms;
    EXPECT_EQ(say("hello").error().code(), Code::unavailable);
    const auto run = [](Placement& at, std::chrono::milliseconds time) -> Task<Result<Text>> {
        RootCall root{at.loop, Deadline::after(at.loop.now(), time)};
        CallOptions options{.wait_for_ready = true};
        Text request;
        request.set_value("hello");
        co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request, &options);
    };
    EXPECT_EQ(at.run(run(at, 50ms)).error().code(), Code::deadline_exceeded);
    Timer back{at.loop.timers(), [this] { at.unreachable = false; }};
    back.arm(at.loop.now() + 30ms);
    EXPECT_TRUE(at.run(run(at, 10'000ms)));
}

TEST_F(NetworkTest, a_connection_that_is_too_old_is_replaced_by_a_new_one) {
    at.server_limits.connection_age_max = 20ms;
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        while (at.connections < 3) {
            EXPECT_TRUE(co_await at.say("hello"));
            static_cast<void>(co_await sleep_for(root.context(), 2ms));
        }
    };
    at.run(run(at));
}

TEST_F(NetworkTest, a_call_may_outlast_its_connections_greatest_age_by_the_grace_and_no_more) {
    at.server_limits.connection_age_max = 20ms;
    at.server_limits.connection_grace = 40ms;
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        EXPECT_TRUE(call);
        Text text;
        text.set_value("still here");
        static_cast<void>(co_await sleep_for(root.context(), 30ms));
        EXPECT_TRUE(co_await call->write(text));
        EXPECT_TRUE(co_await call->read());
        const auto cut = co_await call->read();
        EXPECT_EQ(cut.error().code(), Code::unavailable);
    };
    at.run(run(at));
}

TEST_F(NetworkTest, connections_beyond_the_limit_are_closed) {
    at.server_limits.connections_max = 1;
    ASSERT_TRUE(say("hello"));
    at.drop_channel();
    auto pair = tw::test::MemoryStream::make_pair(at.loop);
    auto other = tw::test::MemoryStream::make_pair(at.loop);
    at.run([](Placement& at, tw::test::MemoryStream::Pair& pair, tw::test::MemoryStream::Pair& other) -> Task<void> {
        co_await at.settle();
        at.server().serve_stream(std::move(pair.second));
        at.server().serve_stream(std::move(other.second));
        EXPECT_EQ(at.server().connections(), 1u);
        std::array<char, 16> buffer;
        const auto got = co_await other.first->read_some(buffer);
        EXPECT_TRUE(got && *got == 0);
    }(at, pair, other));
    at.drop_server();
}

TEST(ServerLimitsTest, only_limits_that_can_be_turned_off_may_be_zero) {
    EXPECT_TRUE(ServerLimits{}.validate());
    EXPECT_TRUE((ServerLimits{.keepalive = {.time = 0ms}, .pings = {.interval_min = 0ms}}.validate()));
    EXPECT_TRUE(ServerLimits{.connections_per_address_max = 0}.validate());
    ServerLimits limits;
    limits.streams_max = 0;
    EXPECT_FALSE(limits.validate());
    EXPECT_FALSE(ServerLimits{.keepalive = {.timeout = 0ms}}.validate());
}

}  // namespace
}  // namespace tw::rpc::test
