#include "kit/http/server/connection.hpp"

#include "kit/async/sleep.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/server/testing.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Connection, a_request_is_answered_and_the_connection_stays) {
    Bench bench{echo};
    const auto output = bench.converse({get("/x?y=1"), get("/z")});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(output, HasSubstr("Content-Length: 11\r\n\r\nGET /x?y=1 HTTP/1.1 200 OK"));
    EXPECT_THAT(output, EndsWith("GET /z? "));
    EXPECT_THAT(output, Not(HasSubstr("Connection:")));
    EXPECT_TRUE(bench.stream->closed());
}

TEST(Connection, a_request_may_arrive_byte_by_byte) {
    Bench bench{echo};
    std::vector<std::string> bytes;
    for (const char c : "\r\nPOST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + get("/q")) bytes.emplace_back(1, c);
    const auto output = bench.converse(std::move(bytes));
    EXPECT_THAT(output, HasSubstr("POST /p? abc"));
    EXPECT_THAT(output, EndsWith("GET /q? "));
}

TEST(Connection, pipelined_requests_are_answered_in_order_in_one_write) {
    Bench bench{echo};
    const auto output = bench.converse({get("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy" + get("/3")});
    const auto first = output.find("GET /1");
    const auto second = output.find("POST /2? xy");
    const auto third = output.find("GET /3");
    EXPECT_LT(first, second);
    EXPECT_LT(second, third);
    EXPECT_NE(third, std::string::npos);
    EXPECT_EQ(bench.stream->writes().size(), 1u);
}

Task<Response> slow_second(const CallContext& ctx, const Request& request) {
    if (request.path == "/slow") (void)co_await sleep_for(ctx, 20ms);
    co_return co_await echo(ctx, request);
}

TEST(Connection, answers_that_are_ready_do_not_wait_for_a_handler_that_is_not) {
    Bench bench{slow_second};
    bench.stream->arrive(get("/fast") + get("/slow", "Connection: close\r\n"));
    bench.run();
    ASSERT_EQ(bench.stream->writes().size(), 2u);
    EXPECT_THAT(bench.stream->writes()[0], EndsWith("GET /fast? "));
    EXPECT_THAT(bench.stream->writes()[1], EndsWith("GET /slow? "));
}

TEST(Connection, chunks_are_joined_and_trailers_dropped) {
    Bench bench{[](const CallContext&, const Request& request) -> Task<Response> {
        if (request.path == "/next") co_return Response{};
        EXPECT_EQ(request.body, "hello world");
        EXPECT_FALSE(request.headers.find("x-late"));
        EXPECT_EQ(request.headers.find("x-early"), "1");
        co_return Response{};
    }};
    const auto output =
        bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nX-Early: 1\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=\"1\"\r\nhel",
                        "lo\r\n6\r", "\n world\r\n0\r\nX-Late: 1\r\n", "\r\n" + get("/next")});
    EXPECT_EQ(count(output, "HTTP/1.1 200 OK"), 2u);
}

struct BadBody {
    const char* what;
    std::string chunks;
};

TEST(Connection, a_bad_chunk_is_refused_and_nothing_after_it_is_a_request) {
    const BadBody table[]{{"no size", "\r\nabc\r\n"},
                          {"not hexadecimal", "g\r\nabc\r\n"},
                          {"prefix", "0x3\r\nabc\r\n"},
                          {"sign", "+3\r\nabc\r\n"},
                          {"minus", "-3\r\nabc\r\n"},
                          {"overflow", "fffffffffffffffff\r\nabc\r\n"},
                          {"bare line feed after the size", "3\nabc\r\n0\r\n\r\n"},
                          {"bare carriage return after the size", "3\rabc\r\n0\r\n\r\n"},
                          {"data longer than its size", "3\r\nabcd\r\n0\r\n\r\n"},
                          {"data without line end", "3\r\nabc0\r\n\r\n"},
                          {"line feed after the data", "3\r\nabc\n0\r\n\r\n"},
                          {"space before the size", " 3\r\nabc\r\n"},
                          {"bad extension", "3;\x01\r\nabc\r\n"},
                          {"space in the size", "1 1\r\nabc\r\n"},
                          {"space after the size", "3 \r\nabc\r\n0\r\n\r\n"},
                          {"line end in a quoted extension", "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n"},
                          {"line feed in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"},
                          {"bare line feed in the trailer", "0\r\nX: y\n\r\n"},
                          {"bare carriage return in the trailer", "0\r\nX: y\rz\r\n\r\n"},
                          {"space before the colon in the trailer", "0\r\nX : y\r\n\r\n"},
                          {"no colon in the trailer", "0\r\nX\r\n\r\n"},
                          {"NUL in the trailer", std::string{"0\r\nX: \0\r\n\r\n", 11}},
                          {"folded line in the trailer", "0\r\nX: y\r\n z\r\n\r\n"},
                          {"length in the trailer", "0\r\nContent-Length: 3\r\n\r\n"},
                          {"coding in the trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n"}};
    for (const auto& row : table) {
        Bench bench{echo};
        const auto output =
            bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + row.chunks + get("/smuggled")});
        EXPECT_THAT(output, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << row.what;
        EXPECT_THAT(output, HasSubstr("Connection: close\r\n")) << row.what;
        EXPECT_THAT(output, HasSubstr(R"("code":"MALFORMED_REQUEST")")) << row.what;
        EXPECT_EQ(count(output, "HTTP/1.1 "), 1u) << row.what;
    }
}

TEST(Connection, ambiguous_framing_is_refused_and_nothing_after_it_is_a_request) {
    for (const auto* fields :
         {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length : 3\r\n", "X: 1\r\n\tfolded\r\n", "Host: b\r\n",
          "Content-Length: 3\r\nContent-Length: 5\r\n", "X: 1\nY: 2\r\n"}) {
        Bench bench{echo};
        const auto output = bench.converse({get("/", fields) + "abc" + get("/smuggled")});
        EXPECT_THAT(output, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << fields;
        EXPECT_EQ(count(output, "HTTP/1.1 "), 1u) << fields;
        EXPECT_TRUE(bench.stream->write_ended());
        EXPECT_TRUE(bench.stream->closed());
    }
}

TEST(Connection, limits_of_the_header_have_their_own_status) {
    const ServerLimits limits{.header_bytes_max = 512, .uri_bytes_max = 128};
    EXPECT_THAT((Bench{echo, limits}.converse({get("/", "X: " + std::string(600, 'a') + "\r\n")})), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT((Bench{echo, limits}.converse({get("/" + std::string(128, 'a'))})), StartsWith("HTTP/1.1 414 "));
    EXPECT_THAT((Bench{echo, limits}.converse({get("/" + std::string(127, 'a'))})), StartsWith("HTTP/1.1 200 "));
}

TEST(Connection, a_body_that_is_too_large_is_refused_by_its_announcement) {
    Bench bench{echo, {.body_bytes_max = 10}};
    const auto output = bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(output, HasSubstr(R"("code":"BODY_TOO_LARGE")"));
}

TEST(Connection, a_chunked_body_that_grows_too_large_is_refused) {
    Bench bench{echo, {.body_bytes_max = 10}};
    const auto output = bench.converse(
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n", "6\r\nabcdef\r\n0\r\n\r\n"});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 413 "));
}

TEST(Connection, a_body_at_the_limit_is_read) {
    Bench bench{echo, {.body_bytes_max = 200'000}};
    const std::string body(200'000, 'b');
    const auto output = bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body});
    EXPECT_THAT(output, EndsWith(body));
}

TEST(Connection, a_chunk_header_without_end_is_refused_when_nothing_more_fits) {
    Bench bench{echo, {.header_bytes_max = 4096, .uri_bytes_max = 1024}};
    const auto output =
        bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(10'000, 'x')});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 400 "));
}

TEST(Connection, a_client_that_asks_is_told_to_send_its_body) {
    Bench bench{echo};
    const auto output =
        bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", "abc"});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    Bench impatient{echo};
    EXPECT_THAT(impatient.converse({"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"}),
                StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Connection, the_answer_to_head_has_no_body) {
    Bench bench{echo};
    const auto output = bench.converse({"HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" + get("/g")});
    EXPECT_THAT(output, HasSubstr("Content-Length: 9\r\n\r\nHTTP/1.1 200"));
    EXPECT_THAT(output, EndsWith("GET /g? "));
}

TEST(Connection, it_closes_when_the_client_wants_it_to) {
    Bench bench{echo};
    const auto output = bench.converse({get("/last", "Connection: close\r\n") + get("/never")});
    EXPECT_THAT(output, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(count(output, "HTTP/1.1 "), 1u);
    Bench old{echo};
    EXPECT_THAT(old.converse({"GET / HTTP/1.0\r\n\r\n"}, false), HasSubstr("Connection: close\r\n"));
    Bench old_kept{echo};
    const auto kept = old_kept.converse({"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/")});
    EXPECT_THAT(kept, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_EQ(count(kept, "HTTP/1.1 200"), 2u);
}

TEST(Connection, connect_is_refused_and_options_of_the_server_answered) {
    EXPECT_THAT(Bench{echo}.converse({"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"}), StartsWith("HTTP/1.1 501 "));
    EXPECT_THAT(Bench{echo}.converse({"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"}), StartsWith("HTTP/1.1 204 "));
}

TEST(Connection, a_handler_that_throws_is_a500_that_tells_nothing) {
    Bench bench{[](const CallContext&, const Request&) -> Task<Response> {
        throw std::runtime_error{"secret"};
        co_return Response{};
    }};
    const auto output = bench.converse({get("/") + get("/next")});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(output, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(output, Not(HasSubstr("secret")));
    EXPECT_EQ(count(output, "HTTP/1.1 "), 1u);
    ASSERT_FALSE(bench.log.lines.empty());
    EXPECT_THAT(bench.log.lines[0], HasSubstr("secret"));
}

TEST(Connection, an_idempotency_key_that_is_too_long_is_refused_and_the_connection_stays) {
    Bench bench{echo};
    const auto output = bench.converse({get("/", "Idempotency-Key: " + std::string(256, 'k') + "\r\n") + get("/next")});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(output, HasSubstr("INVALID_IDEMPOTENCY_KEY"));
    EXPECT_THAT(output, EndsWith("GET /next? "));
}

TEST(Connection, each_request_is_logged_once) {
    Bench bench{echo};
    bench.converse({get("/1") + get("/2"), "nonsense\r\n\r\n"});
    ASSERT_EQ(bench.log.lines.size(), 3u);
    EXPECT_THAT(bench.log.lines[0], HasSubstr("http.request"));
    EXPECT_THAT(bench.log.lines[0], HasSubstr("/echo"));
    EXPECT_THAT(bench.log.lines[2], HasSubstr("http.rejected"));
}

TEST(Connection, the_access_log_says_what_was_asked_for_by_whom_and_what_came_of_it) {
    Bench bench{echo};
    bench.converse({get("/users/ann@example.com?token=s3cret", "User-Agent: curl/8.1\r\n")});
    ASSERT_EQ(bench.log.lines.size(), 1u);
    const auto& line = bench.log.lines[0];
    EXPECT_THAT(line, ::testing::ContainsRegex(R"("body":"GET /users/\*\*\* 200 [0-9]+\.[0-9] ms")"));
    EXPECT_THAT(line, HasSubstr(R"("url.path":"/users/***")"));
    EXPECT_THAT(line, HasSubstr(R"("client.address":")"));
    EXPECT_THAT(line, HasSubstr(R"("user_agent.original":"curl/8.1")"));
    EXPECT_THAT(line, Not(HasSubstr("s3cret")));
    EXPECT_THAT(line, Not(HasSubstr("example.com")));
}

TEST(Connection, a_user_agent_without_end_is_logged_by_its_front) {
    Bench bench{echo};
    bench.converse({get("/", "User-Agent: " + std::string(5'000, 'a') + "\r\n")});
    EXPECT_THAT(bench.log.lines.at(0), HasSubstr("\"" + std::string(1'024, 'a') + "\""));
}

/// Records the events of the one span of a test.
class SpanLog final : public telemetry::SpanRecorder {
 public:
    Handle start(const TraceContext&, const telemetry::ParentSpan&, std::string_view name, telemetry::SpanKind kind,
                 Timestamp) override {
        EXPECT_EQ(kind, telemetry::SpanKind::server);
        text = name;
        return 1;
    }
    void rename(Handle, std::string_view name) override { text = name; }
    void attribute(Handle, const telemetry::Attribute& attribute) override { text += " " + std::string{attribute.key}; }
    void event(Handle, std::string_view, Timestamp, telemetry::Attributes) override {}
    void link(Handle, const TraceContext&) override {}
    void fail(Handle, std::string_view) override { text += " FAILED"; }
    void end(Handle, Timestamp) override { text += " END"; }
    std::string text;
};

TEST(Connection, a_request_is_a_span_with_the_attributes_of_the_contract) {
    SpanLog spans;
    Bench bench{echo, {}, &spans};
    bench.converse({get("/private?token=1", "User-Agent: test\r\n")});
    EXPECT_THAT(spans.text, StartsWith("GET /echo "));
    for (const auto* const key :
         {"url.scheme", "client.address", "network.protocol.version", "server.address", "user_agent.original", "http.route",
          "http.request.method", "url.path", "http.response.status_code"}) {
        EXPECT_EQ(count(spans.text, std::string{" "} + key + " "), 1u) << key;
    }
    EXPECT_THAT(spans.text, Not(HasSubstr("FAILED")));
    EXPECT_THAT(spans.text, EndsWith(" END"));
    SpanLog failed;
    Bench failing{[](const CallContext&, const Request&) -> Task<Response> { co_return problem(unavailable("x")); }, {}, &failed};
    failing.converse({get("/")});
    EXPECT_THAT(failed.text, HasSubstr("FAILED"));
}

}  // namespace
}  // namespace tw::http
