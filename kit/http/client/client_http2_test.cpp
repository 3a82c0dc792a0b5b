#include "kit/async/sleep.hpp"
#include "kit/http/client/client_fixture.hpp"
#include "kit/http/client/client_http2_fixture.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using namespace test;
using ::testing::HasSubstr;

constexpr std::uint32_t kRefusedStream = 7;
constexpr std::uint32_t kCancel = 8;
constexpr std::uint32_t kInternalError = 2;

TEST_F(Http2ClientTest, a_request_goes_by_a_stream_and_its_answer_comes_back) {
    peer.scripts.push_back(
        {{{1, headers(1, std::string{kStatus200} + field("x-a", "1")) + frame(FrameType::data, 1, 1, "hello")}}});
    ClientRequest request{.method = "POST", .target = "/p?q=1", .content_type = "text/plain", .body = "body"};
    request.headers.add("X-Mine", "v");
    const auto response = send(std::move(request));
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->headers.find("x-a"), "1");
    EXPECT_EQ(response->version, Version::http_2);
    EXPECT_EQ(peer.first(FrameType::headers).fields,
              ":method: POST\n:scheme: http\n:path: /p?q=1\n:authority: peer:80\nx-mine: v\naccept-encoding: identity\n"
              "content-type: text/plain\ncontent-length: 4\n");
    ASSERT_EQ(peer.count(FrameType::data), 1u);
    EXPECT_EQ(peer.first(FrameType::data).payload, "body");
}

/// RFC 9113 §8.2.1: spaces around a value, which HTTP/1.1 ignores, make a request of HTTP/2
/// malformed.
TEST_F(Http2ClientTest, spaces_around_a_value_stay_behind) {
    peer.scripts.push_back({{{1, answer(1)}}});
    ClientRequest request{.content_type = " text/plain"};
    request.headers.add("x-mine", "\t v w ");
    ASSERT_TRUE(send(std::move(request)));
    EXPECT_THAT(peer.first(FrameType::headers).fields, HasSubstr("\nx-mine: v w\n"));
    EXPECT_THAT(peer.first(FrameType::headers).fields, HasSubstr("\ncontent-type: text/plain\n"));
}

TEST_F(Http2ClientTest, requests_at_once_share_a_connection) {
    peer.scripts.push_back({{{5, answer(9) + answer(7) + answer(5) + answer(3) + answer(1)}}});
    for (const auto& response : send_all(5)) EXPECT_TRUE(response);
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(Http2ClientTest, no_more_requests_are_under_way_than_the_server_allows) {
    options.connections_max = 1;
    peer.scripts.push_back({{{1, answer(1)}, {2, answer(3)}, {3, answer(5)}, {4, answer(7)}}, settings({{kStreamsMax, 1}})});
    EXPECT_TRUE(send());
    for (const auto& response : send_all(3)) EXPECT_TRUE(response);
    EXPECT_EQ(peer.outstanding_max, 1u);
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(Http2ClientTest, beyond_what_a_connection_carries_another_is_made) {
    options.connections_max = 2;
    options.streams_max = 1;
    peer.scripts.push_back({{{1, answer(1)}, {2, answer(3)}}});
    peer.scripts.push_back({{{1, answer(1)}, {2, answer(3)}}});
    for (const auto& response : send_all(4)) EXPECT_TRUE(response);
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, beyond_what_the_server_allows_another_connection_is_made) {
    options.connections_max = 2;
    const FrameScript one_at_a_time{{{1, answer(1)}, {2, answer(3)}, {3, answer(5)}, {4, answer(7)}},
                                    settings({{kStreamsMax, 1}})};
    peer.scripts = {one_at_a_time, one_at_a_time};
    EXPECT_TRUE(send());
    for (const auto& response : send_all(4)) EXPECT_TRUE(response);
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, requests_beyond_a_goaway_move_while_the_others_finish) {
    peer.scripts.push_back({{{3, goaway(1)}, {3, answer(1, "first")}}});
    peer.scripts.push_back({{{2, answer(1, "second") + answer(3, "second")}}});
    const auto answers = send_all(3);
    for (const auto& response : answers) ASSERT_TRUE(response) << response.error().detail();
    EXPECT_EQ(answers[0]->body, "first");
    EXPECT_EQ(answers[1]->body, "second");
    EXPECT_EQ(answers[2]->body, "second");
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, a_connection_that_was_told_to_go_takes_no_new_requests) {
    peer.scripts.push_back({{{1, answer(1) + goaway(0x7fffffff)}}});
    peer.scripts.push_back({{{1, answer(1, "new")}}});
    EXPECT_TRUE(send());
    const auto second = send();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "new");
    EXPECT_EQ(peer.count(FrameType::goaway), 1u);
}

TEST_F(Http2ClientTest, a_refused_request_is_sent_once_more) {
    peer.scripts.push_back({{{1, reset(1, kRefusedStream)}, {2, answer(3)}}});
    EXPECT_TRUE(send({.method = "POST", .body = "once"}));
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(Http2ClientTest, a_request_that_is_refused_twice_is_not_sent_a_third_time) {
    peer.scripts.push_back({{{1, reset(1, kRefusedStream)}, {2, reset(3, kRefusedStream)}, {3, answer(5)}}});
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_THAT(response.error().cause(), HasSubstr("no more requests"));
}

TEST_F(Http2ClientTest, a_request_that_may_have_been_served_is_not_sent_again) {
    peer.scripts.push_back({{{1, answer(1)}, {2, reset(3, kInternalError)}, {3, answer(5)}}});
    EXPECT_TRUE(send());
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_EQ(response.error().cause(), "HTTP/2 error code 2");
    EXPECT_TRUE(send());
}

TEST_F(Http2ClientTest, a_kept_connection_that_ended_is_replaced_where_repeating_does_no_harm) {
    const FrameScript closing{{{1, answer(1)}, {2, ""}}, settings(), true};
    peer.scripts = {closing, {{{1, answer(1)}}}, closing};
    EXPECT_TRUE(send());
    const auto second = send();
    EXPECT_TRUE(second) << second.error().reason() << second.error().cause();
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, a_kept_connection_that_ended_under_an_unrepeatable_request_is_an_error) {
    peer.scripts.push_back({{{1, answer(1)}, {2, ""}}, settings(), true});
    peer.scripts.push_back({{{1, answer(1)}}});
    EXPECT_TRUE(send());
    const auto response = send({.method = "POST"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_EQ(peer.connections, 1);
    ClientRequest keyed{.method = "POST"};
    keyed.headers.add("Idempotency-Key", "k");
    EXPECT_TRUE(send(std::move(keyed)));
}

TEST_F(Http2ClientTest, a_cancelled_request_resets_its_stream_and_nothing_else) {
    peer.scripts.push_back({{{1, ""}, {2, answer(3)}}});
    RootCall brief{loop, Deadline::after(loop.now(), 20ms)};
    const auto response = run_until_done(loop, client().send(brief.context(), {}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(send());
    ASSERT_EQ(peer.count(FrameType::reset, 1), 1u);
    EXPECT_EQ(peer.first(FrameType::reset).payload, big_endian(kCancel, 4));
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(Http2ClientTest, a_server_that_has_gone_without_a_word_takes_its_connection_with_it_and_no_more) {
    options.keepalive_time = options.keepalive_timeout = 10ms;
    peer.scripts.push_back({{{1, ""}}});
    peer.scripts.push_back({{{1, answer(1)}}});
    const auto response = send({.method = "POST"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_EQ(peer.count(FrameType::ping), 1u);
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, a_server_that_takes_nothing_is_left_at_the_deadline_and_others_go_on) {
    peer.scripts.push_back({{{1, answer(1)}, {2, ""}, {3, answer(5)}}, settings({{kInitialWindow, 0}})});
    EXPECT_TRUE(send());
    RootCall brief{loop, Deadline::after(loop.now(), 20ms)};
    const auto stuck =
        run_until_done(loop, client().send(brief.context(), {.method = "POST", .body = std::string(100'000, 'x')}));
    ASSERT_FALSE(stuck);
    EXPECT_EQ(stuck.error().code(), Code::deadline_exceeded);
    EXPECT_EQ(peer.count(FrameType::data), 0u);
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.count(FrameType::reset, 3), 1u);
}

TEST_F(Http2ClientTest, an_answer_to_head_has_no_body_whatever_its_length) {
    peer.scripts.push_back({{{1, headers(1, std::string{kStatus200} + field("content-length", "500000000"), true)}}});
    const auto response = send({.method = "HEAD"});
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->headers.find("content-length"), "500000000");
}

TEST_F(Http2ClientTest, what_has_not_been_modified_may_tell_its_length) {
    const auto fields = field(":status", "304") + field("content-length", "500000000");
    peer.scripts.push_back({{{1, headers(1, fields, true)}}});
    const auto response = send();
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->status, 304);
}

TEST_F(Http2ClientTest, interim_answers_and_trailers_are_no_part_of_the_head) {
    const auto hints = headers(1, field(":status", "103") + field("link", "x"));
    const auto trailers = headers(1, field("x-late", "1"), true);
    peer.scripts.push_back({{{1, hints + headers(1, kStatus200) + frame(FrameType::data, 0, 1, "ok") + trailers}}});
    const auto response = send();
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.find("link"), std::nullopt);
    EXPECT_EQ(response->headers.find("x-late"), std::nullopt);
}

TEST_F(Http2ClientTest, an_idle_connection_is_closed_with_a_goaway) {
    options.idle_time_max = 10ms;
    peer.scripts.push_back({{{1, answer(1)}}});
    EXPECT_TRUE(send());
    EXPECT_TRUE(run_until_done(loop, eventually(loop, [this] { return peer.count(FrameType::goaway) == 1; })));
}

TEST_F(Http2ClientTest, an_old_connection_takes_no_new_requests) {
    options.connection_age_max = 1ms;
    peer.scripts.push_back({{{1, answer(1)}, {2, answer(3)}}});
    peer.scripts.push_back({{{1, answer(1)}}});
    EXPECT_TRUE(send());
    ASSERT_TRUE(run_until_done(loop, sleep_for(call.context(), 20ms)));
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(Http2ClientTest, a_client_that_goes_while_its_connection_is_idle_leaves_nothing_behind) {
    peer.scripts.push_back({{{1, answer(1)}}});
    const auto response = run_until_done(loop, [](EventLoop& loop, FramePeer& peer, ClientOptions options) -> Task<bool> {
        const RootCall call{loop};
        const auto brief = std::make_unique<Client>(loop, "peer:80", options, peer.connector());
        ClientRequest request;
        const auto outcome = co_await brief->send(call.context(), std::move(request));
        co_return outcome.has_value();
    }(loop, peer, options));
    EXPECT_TRUE(response);
}

}  // namespace
}  // namespace tw::http
