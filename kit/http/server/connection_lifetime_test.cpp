#include "kit/async/sleep.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/server/connection.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests how long a connection and its requests may last: timeouts, cancellation, bounds of waiting,
// drain and refusal.
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using testing::count;
using testing::echo;
using ::testing::EndsWith;
using testing::get;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ConnectionLifetime, a_header_that_does_not_end_in_time_is_a_timeout) {
    Bench bench{echo, {.header_time_max = 20ms, .request_time_max = 100ms}};
    EXPECT_THAT(bench.converse({"GET / HTTP/1.1\r\n", "Host: a\r\n"}, false), StartsWith("HTTP/1.1 408 "));
}

TEST(ConnectionLifetime, a_body_that_does_not_end_in_time_is_a_timeout) {
    Bench bench{echo, {.request_time_max = 20ms}};
    EXPECT_THAT(bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"}, false),
                StartsWith("HTTP/1.1 408 "));
}

TEST(ConnectionLifetime, an_idle_connection_is_closed_without_a_word) {
    Bench bench{echo, {.idle_time_max = 20ms}};
    EXPECT_EQ(bench.converse({}, false), "");
    Bench used{echo, {.idle_time_max = 20ms}};
    EXPECT_EQ(count(used.converse({get("/")}, false), "HTTP/1.1 "), 1u);
}

TEST(ConnectionLifetime, a_client_that_does_not_read_is_cut_off) {
    Bench bench{echo, {.request_time_max = 20ms}};
    bench.stream->stall_writes();
    EXPECT_EQ(bench.converse({get("/")}, false), "");
    EXPECT_TRUE(bench.stream->closed());
}

TEST(ConnectionLifetime, a_request_has_its_deadline) {
    Bench bench{[](const CallContext& ctx, const Request&) -> Task<Response> {
                    const auto slept = co_await sleep_for(ctx, 10s);
                    co_return problem(slept.error());
                },
                {.request_time_max = 20ms}};
    EXPECT_THAT(bench.converse({get("/", "Connection: close\r\n")}, false), StartsWith("HTTP/1.1 504 "));
}

TEST(ConnectionLifetime, a_connection_that_breaks_cancels_its_request) {
    std::optional<Error> why;
    Bench bench{[&why](const CallContext& ctx, const Request&) -> Task<Response> {
        const auto slept = co_await sleep_for(ctx, 10s);
        why = slept.error();
        co_return problem(*why);
    }};
    bench.stream->arrive(get("/"));
    bench.stream->arrive_reset();
    bench.run();
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), Code::cancelled);
}

TEST(ConnectionLifetime, what_is_sent_ahead_of_an_answer_is_bounded) {
    Bench bench{[](const CallContext& ctx, const Request&) -> Task<Response> {
                    (void)co_await sleep_for(ctx, 30ms);
                    co_return Response{};
                },
                {.header_bytes_max = 4096, .uri_bytes_max = 1024}};
    bench.stream->arrive(get("/"));
    for (int i = 0; i < 100; ++i) bench.stream->arrive(get("/", "Connection: close\r\nX: " + std::string(900, 'x') + "\r\n"));
    std::size_t unread = 0;
    Timer look{bench.loop.timers(), [&] { unread = bench.stream->unread(); }};
    look.arm(bench.loop.now() + 10ms);
    bench.run();
    EXPECT_GT(unread, 80u);
}

TEST(ConnectionLifetime, draining_ends_an_idle_connection_at_once_and_a_busy_one_after_its_answer) {
    Bench idle{echo};
    idle.loop.post([&] { idle.connection->drain(); });
    EXPECT_EQ(idle.converse({}, false), "");

    Bench busy{[&busy](const CallContext& ctx, const Request& request) -> Task<Response> {
        busy.connection->drain();
        co_await hop_to(ctx.loop());
        co_return co_await echo(ctx, request);
    }};
    const auto output = busy.converse({get("/")}, false);
    EXPECT_THAT(output, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(output, EndsWith("GET /? "));
}

TEST(ConnectionLifetime, cutting_cancels_what_is_under_way) {
    Bench bench{[&bench](const CallContext& ctx, const Request&) -> Task<Response> {
        ctx.loop().post([&bench] { bench.connection->cut(); });
        const auto slept = co_await sleep_for(ctx, 10s);
        co_return problem(slept.error());
    }};
    bench.converse({get("/")}, false);
    EXPECT_TRUE(bench.stream->closed());
}

TEST(ConnectionLifetime, one_too_many_is_told_to_come_back_later) {
    Bench bench{echo};
    bench.stream->arrive(get("/"));
    bench.stream->arrive_end();
    run_until_done(bench.loop, bench.connection->refuse({Code::unavailable, "TOO_MANY_CONNECTIONS", "all are in use"}));
    EXPECT_THAT(bench.stream->output(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(bench.stream->output(), HasSubstr("Retry-After: 1\r\n"));
    EXPECT_EQ(count(bench.stream->output(), "HTTP/1.1 "), 1u);
}

}  // namespace
}  // namespace tw::http
