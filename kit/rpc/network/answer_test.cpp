#include "kit/rpc/network/scripted_channel_fixture.hpp"

#include <gmock/gmock.h>

// These tests cover how a caller treats answers that our own servers never send: those of proxies,
// of other implementations and of attackers.
namespace tw::rpc::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct AnswerTest : ScriptedChannel {
    AnswerTest() { options.retry.attempts_max = 1; }

    Result<Text> say(CallOptions* say_options = nullptr) {
        connect();
        const auto run = [](AnswerTest& at, CallOptions* say_options) -> Task<Result<Text>> {
            RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
            Text request;
            request.set_value("hello");
            co_return co_await call_unary<Text>(*at.channel, root.context(), kSay, request, say_options);
        };
        return run_until_done(loop, run(*this, say_options));
    }
    static std::string message(std::string value) {
        Text text;
        text.set_value(std::move(value));
        std::string out;
        append_message(text, out);
        return out;
    }
};

TEST_F(AnswerTest, the_status_of_an_http_error_counts_whatever_its_body_says) {
    const Answer proxy{.http_status = "503",
                       .content_type = "text/plain",
                       .body = "upstream connect error",
                       .status_text = std::string{kNoStatus}};
    callee.answers = {proxy, proxy};
    EXPECT_EQ(call(), Code::unavailable);
    EXPECT_EQ(stream(), (std::pair{0, Code::unavailable}));
}

TEST_F(AnswerTest, an_http_error_with_a_body_is_retried_like_one_without) {
    options.retry.attempts_max = 2;
    callee.answers = {
        {.http_status = "503", .content_type = "text/plain", .body = "no upstream", .status_text = std::string{kNoStatus}}};
    EXPECT_EQ(call(), Code::ok);
    EXPECT_EQ(callee.calls.size(), 2u);
}

TEST_F(AnswerTest, a_page_with_status_200_is_no_grpc_answer) {
    callee.answers = {{.content_type = "text/html", .body = "<html></html>", .status_text = std::string{kNoStatus}}};
    const auto answer = say();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::unknown);
    EXPECT_THAT(answer.error().cause(), testing::HasSubstr("text/html"));
}

TEST_F(AnswerTest, a_status_that_is_no_number_is_unknown) {
    for (const auto* status : {"0x", "ok", "17", "-1", "99999999999999999999"}) {
        callee.answers = {{.messages = 1, .status_text = status}};
        EXPECT_EQ(call(), Code::unknown) << status;
    }
}

TEST_F(AnswerTest, more_than_one_message_for_a_unary_call_is_an_error) {
    callee.answers = {{.messages = 2}, {.messages = 1, .body = std::string{"\0\0", 2}}};
    EXPECT_EQ(call(), Code::unimplemented);
    EXPECT_NE(call(), Code::ok);
}

TEST_F(AnswerTest, an_endless_answer_is_not_kept_in_memory) {
    callee.answers = {{.body = message("one") + std::string(3'000'000, '\0')}};
    EXPECT_EQ(call(), Code::unimplemented);
    // The callee has sent no more than the flow-control windows allow.
    EXPECT_GT(callee.calls.at(0)->queued_bytes(), 1'000'000u);
}

TEST_F(AnswerTest, no_message_for_a_unary_call_is_an_error) {
    callee.answers = {{.messages = 0}};
    EXPECT_EQ(call(), Code::unimplemented);
}

TEST_F(AnswerTest, half_a_message_is_an_error_whatever_the_status_says) {
    callee.answers = {{.body = message("hello").substr(0, 8)}, {.body = message("hello").substr(0, 8)}};
    EXPECT_EQ(call(), Code::internal);
    EXPECT_EQ(stream(), (std::pair{0, Code::internal}));
}

TEST_F(AnswerTest, metadata_of_an_answer_in_one_block_is_trailing_metadata) {
    callee.answers = {{.status = 5, .metadata = {{"color", "blue"}}}, {.messages = 1, .metadata = {{"color", "red"}}}};
    CallOptions told;
    EXPECT_EQ(say(&told).error().code(), Code::not_found);
    EXPECT_THAT(told.initial_metadata, IsEmpty());
    EXPECT_THAT(told.trailing_metadata, ElementsAre(Pair("color", "blue")));
    EXPECT_TRUE(say(&told));
    EXPECT_THAT(told.initial_metadata, IsEmpty());
    EXPECT_THAT(told.trailing_metadata, ElementsAre(Pair("color", "red")));
}

TEST_F(AnswerTest, an_unknown_message_flag_is_malformed) {
    callee.answers = {{.body = "\x02" + message("hello").substr(1)}};
    EXPECT_EQ(call(), Code::internal);
}

}  // namespace
}  // namespace tw::rpc::test
