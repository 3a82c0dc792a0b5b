#include "kit/http/server/connection.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests the rules of HTTP's semantics for servers, beside valid framing (RFC 9110, RFC 9112).
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using testing::count;
using testing::echo;
using ::testing::EndsWith;
using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Answers with the request's host.
Task<Response> say_host(const CallContext&, const Request& request) {
    Response response;
    response.body = "for " + std::string{request.headers.find("host").value_or("nobody")};
    co_return response;
}

TEST(ConnectionRules, the_authority_of_an_absolute_target_takes_the_place_of_host) {
    EXPECT_THAT(Bench{say_host}.converse({"GET http://b.test:81/x HTTP/1.1\r\nHost: a\r\n\r\n"}), EndsWith("for b.test:81"));
    EXPECT_THAT(Bench{say_host}.converse({"GET http://b.test/x HTTP/1.0\r\n\r\n"}), EndsWith("for b.test"));
    EXPECT_THAT(Bench{say_host}.converse({get("/x")}), EndsWith("for a"));
}

TEST(ConnectionRules, a_refusal_of_head_has_no_content_either) {
    const ServerLimits limits{.header_bytes_max = 512, .uri_bytes_max = 128, .body_bytes_max = 10};
    for (const auto* request : {"HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
                                "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
                                "HEAD / HTTP/1.1\r\nHost: a\r\nX: 1\n\r\n"}) {
        const auto output = Bench{echo, limits}.converse({request});
        EXPECT_THAT(output, StartsWith("HTTP/1.1 4")) << request;
        EXPECT_THAT(output, Not(HasSubstr("Content-Length: 0\r\n"))) << request;
        EXPECT_THAT(output, EndsWith("\r\n\r\n")) << request;
    }
}

TEST(ConnectionRules, what_was_asked_before_a_mistake_is_answered_and_nothing_after_it) {
    Bench bench{echo};
    const auto output = bench.converse({get("/1") + get("/2") + "GET /3 HTTP/1.1\r\n\r\n" + get("/4")});
    EXPECT_THAT(output, HasSubstr("GET /1? HTTP/1.1 200"));
    EXPECT_THAT(output, HasSubstr("GET /2? HTTP/1.1 400"));
    EXPECT_EQ(count(output, "HTTP/1.1 "), 3u);
}

TEST(ConnectionRules, statuses_without_content_keep_their_place_in_line) {
    for (const int status : {204, 304}) {
        Bench bench{[status](const CallContext& ctx, const Request& request) -> Task<Response> {
            auto response = co_await echo(ctx, request);
            if (request.path == "/1") response.status = status;
            co_return response;
        }};
        const auto output = bench.converse({get("/1") + get("/2")});
        EXPECT_THAT(output, Not(HasSubstr("GET /1")));
        EXPECT_THAT(output, HasSubstr("\r\n\r\nHTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(output, EndsWith("GET /2? "));
    }
}

TEST(ConnectionRules, an_upgrade_is_not_taken_up) {
    for (const auto* fields :
         {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
          "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"}) {
        const auto output = Bench{echo}.converse({get("/1", fields) + get("/2")});
        EXPECT_EQ(count(output, "HTTP/1.1 200 OK"), 2u) << fields;
        EXPECT_THAT(output, Not(HasSubstr(" 101 ")));
    }
}

TEST(ConnectionRules, many_small_fields_are_read_within_the_limit) {
    const auto fields = [](int number) {
        std::string text;
        for (int i = 0; i < number; ++i) text += "a:\r\n";
        return text;
    };
    EXPECT_THAT(Bench{echo}.converse({get("/", fields(4000))}), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(Bench{echo}.converse({get("/", fields(4100))}), StartsWith("HTTP/1.1 431 "));
}

TEST(ConnectionRules, bytes_beyond_ascii_in_a_value_are_passed_on_as_they_came) {
    Bench bench{[](const CallContext&, const Request& request) -> Task<Response> {
        co_return Response{.body = std::string{request.headers.find("x").value_or("")}};
    }};
    EXPECT_THAT(bench.converse({get("/", "X: caf\xe9\r\n")}), EndsWith("caf\xe9"));
}

TEST(ConnectionRules, empty_lines_before_a_request_do_not_make_up_for_one) {
    Bench bench{echo, {.idle_time_max = 50ms}};
    int sent = 0;
    constexpr int kSentMax = 100;
    Timer again{bench.loop.timers(), [&] {
                    if (bench.stream->closed() || ++sent == kSentMax) return;
                    bench.stream->arrive("\r\n");
                    again.arm(bench.loop.now() + 10ms);
                }};
    again.arm(bench.loop.now());
    bench.run();
    EXPECT_LT(sent, kSentMax);
    EXPECT_EQ(bench.stream->output(), "");
}

}  // namespace
}  // namespace tw::http
