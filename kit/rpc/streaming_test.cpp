#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover the three streaming shapes, over the network and within the loop.
namespace tw::rpc::test {
namespace {

using testing::ElementsAre;

class StreamingTest : public testing::TestWithParam<bool> {
 protected:
    Placement at{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Placements, StreamingTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

/// Asks for `number` messages. Returns how many came, and how the call ended.
Task<std::pair<int, Result<void>>> count_to(Placement& at, int number) {
    RootCall root{at.loop};
    const auto request = text(std::to_string(number));
    auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request);
    if (!call) co_return std::pair{0, Result<void>{std::move(call).error()}};
    for (int came = 0;; ++came) {
        auto next = co_await call->read();
        if (!next) co_return std::pair{came, Result<void>{std::move(next).error()}};
        if (!*next) co_return std::pair{came, Result<void>{}};
    }
}

TEST_P(StreamingTest, a_server_stream_delivers_every_message) {
    const auto [came, end] = at.run(count_to(at, 500));
    EXPECT_TRUE(end);
    EXPECT_EQ(came, 500);
}

TEST_P(StreamingTest, messages_larger_than_the_window_pass) {
    at.service.text_bytes = 300'000;
    const auto [came, end] = at.run(count_to(at, 20));
    EXPECT_TRUE(end);
    EXPECT_EQ(came, 20);
}

TEST_P(StreamingTest, an_error_after_messages_comes_after_them) {
    const auto [came, end] = at.run(count_to(at, 13));
    EXPECT_EQ(came, 13);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().reason(), "UNLUCKY");
}

TEST_P(StreamingTest, a_request_that_breaks_the_contract_ends_the_stream) {
    const auto run = [](Placement& at) -> Task<Result<std::optional<Text>>> {
        RootCall root{at.loop};
        const Text empty;
        auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, empty);
        if (!call) co_return std::move(call).error();
        co_return co_await call->read();
    };
    const auto answer = at.run(run(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::invalid_argument);
    EXPECT_EQ(answer.error().violations().size(), 1u);
}

TEST_P(StreamingTest, a_reader_that_pauses_makes_the_writer_wait) {
    at.service.text_bytes = 16'000;
    const auto run = [](Placement& at) -> Task<int> {
        RootCall root{at.loop};
        const auto request = text("1000");
        auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request);
        static_cast<void>(co_await call->read());
        co_await at.settle();
        co_return at.service.written;
    };
    const int written = at.run(run(at));
    EXPECT_GT(written, 0);
    // The bound is a window at the reader's end, a window at the writer's, and what one write adds.
    EXPECT_LT(written, 12);
}

TEST_P(StreamingTest, a_reader_that_pauses_makes_a_writer_of_compressed_messages_wait) {
    const auto run = [](Placement& at) -> Task<int> {
        RootCall root{at.loop};
        // Each message is small on the wire and large when it is decompressed.
        at.service.text_bytes = 20'000;
        const auto request = text("pack 100000");
        auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request);
        static_cast<void>(co_await call->read());
        co_await at.settle();
        const auto before = at.service.written;
        for (int i = 0; i < 20; ++i) {
            static_cast<void>(co_await call->read());
            co_await at.settle();
        }
        co_return at.service.written - before;
    };
    // Twenty messages were read, which makes room for twenty more.
    EXPECT_LE(at.run(run(at)), 20);
}

TEST_P(StreamingTest, a_reader_that_leaves_stops_the_writer) {
    at.service.text_bytes = 16'000;
    const auto run = [](Placement& at) -> Task<void> {
        {
            RootCall root{at.loop};
            const auto request = text("1000");
            auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request);
            static_cast<void>(co_await call->read());
        }
        co_await at.settle();
    };
    at.run(run(at));
    EXPECT_LT(at.service.written, 1000);
    EXPECT_THAT(at.service.ends, ElementsAre(Code::cancelled));
}

TEST_P(StreamingTest, a_client_stream_gets_one_answer) {
    const auto run = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        auto call = co_await open_client_streaming<Text, Text>(at.channel(), root.context(), kJoin);
        if (!call) co_return std::move(call).error();
        for (const std::string part : {"a", "b", "c"}) {
            const auto message = text(part);
            if (auto sent = co_await call->write(message); !sent) co_return std::move(sent).error();
        }
        co_return co_await call->finish();
    };
    const auto answer = at.run(run(at));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value(), "abc");
}

TEST_P(StreamingTest, a_client_stream_that_has_its_answer_has_succeeded) {
    const auto run = [](Placement& at) -> Task<void> {
        RootCall root{at.loop};
        {
            auto call = co_await open_client_streaming<Text, Text>(at.channel(), root.context(), kJoin);
            const auto message = text("a");
            EXPECT_TRUE(co_await call->write(message));
            EXPECT_TRUE(co_await call->finish());
        }
        co_await at.settle();
    };
    at.run(run(at));
    EXPECT_EQ(at.channel().state().calls.succeeded, 1u);
    ASSERT_EQ(at.client_spans.spans().size(), 1u);
    EXPECT_EQ(at.client_spans.spans()[0].text("rpc.response.status_code"), "OK");
}

TEST_P(StreamingTest, a_stream_that_cannot_be_opened_does_not_use_its_context_afterwards) {
    class Closed final : public Interceptor {
        Task<Result<void>> around(const CallContext& ctx, CallInfo&, Next) override {
            co_await hop_to(ctx.loop());
            co_return unavailable("closed");
        }
    } closed;
    at.client_interceptors = {&closed};
    // Only AddressSanitizer finds a fault here. The context is destroyed as soon as the caller
    // learns of the failure.
    const auto open = [](Placement& at) -> Task<Code> {
        auto root = std::make_unique<RootCall>(at.loop);
        const auto call = co_await open_call<Text, Text>(at.channel(), root->context(), kChat);
        root.reset();
        co_return call ? Code::ok : call.error().code();
    };
    EXPECT_EQ(at.run(open(at)), Code::unavailable);
}

TEST_P(StreamingTest, a_callee_that_fails_early_ends_the_writing) {
    const auto run = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        auto call = co_await open_client_streaming<Text, Text>(at.channel(), root.context(), kJoin);
        if (!call) co_return std::move(call).error();
        const auto enough = text("enough");
        const auto more = text(std::string(30'000, 'x'));
        static_cast<void>(co_await call->write(enough));
        for (int i = 0; i < 1000; ++i) {
            if (auto sent = co_await call->write(more); !sent) co_return std::move(sent).error();
        }
        co_return co_await call->finish();
    };
    const auto answer = at.run(run(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason(), "ENOUGH");
}

TEST_P(StreamingTest, both_sides_may_write_in_turn) {
    const auto run = [](Placement& at) -> Task<std::vector<std::string>> {
        std::vector<std::string> heard;
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        for (const std::string part : {"one", "two", "three"}) {
            const auto message = text(part);
            static_cast<void>(co_await call->write(message));
            auto answer = co_await call->read();
            if (answer && *answer) heard.push_back((*answer)->value());
        }
        static_cast<void>(co_await call->finish_writes());
        auto end = co_await call->read();
        heard.push_back(end && !*end ? "end" : "no end");
        co_return heard;
    };
    EXPECT_THAT(at.run(run(at)), ElementsAre("re: one", "re: two", "re: three", "end"));
}

TEST_P(StreamingTest, each_request_of_a_stream_is_checked) {
    const auto run = [](Placement& at) -> Task<Result<std::optional<Text>>> {
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        const Text empty;
        static_cast<void>(co_await call->write(empty));
        co_return co_await call->read();
    };
    const auto answer = at.run(run(at));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason(), "INVALID_FIELD");
}

TEST_P(StreamingTest, a_cancelled_context_ends_both_sides) {
    const auto run = [](Placement& at) -> Task<Result<std::optional<Text>>> {
        RootCall root{at.loop};
        auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kJoin);
        const auto message = text("a");
        static_cast<void>(co_await call->write(message));
        co_await at.settle();
        root.scope().cancel(cancelled());
        auto end = co_await call->read();
        co_await at.settle();
        co_return end;
    };
    const auto end = at.run(run(at));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code(), Code::cancelled);
    EXPECT_THAT(at.service.ends, ElementsAre(Code::cancelled));
}

TEST_P(StreamingTest, spans_last_as_long_as_the_stream) {
    static_cast<void>(at.run(count_to(at, 3)));
    ASSERT_EQ(at.client_spans.spans().size(), 1u);
    ASSERT_EQ(at.server_spans.spans().size(), 1u);
    EXPECT_EQ(at.server_spans.spans()[0].parent, at.client_spans.spans()[0].trace.span_id);
    EXPECT_EQ(at.client_spans.spans()[0].text("rpc.response.status_code"), "OK");
    EXPECT_TRUE(at.client_spans.spans()[0].end);
}

}  // namespace
}  // namespace tw::rpc::test
