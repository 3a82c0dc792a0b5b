#include "kit/async/sleep.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/server/connection.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests a client that has ended its side of the connection and waits for its answers (RFC 9112
// §9.6), and one that sends everything before it reads.
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

/// Returns a handler that answers after the end of the client's side has been seen.
Handler answer_after(int turns) {
    return [turns](const CallContext& ctx, const Request& request) -> Task<Response> {
        for (int i = 0; i < turns; ++i) co_await hop_to(ctx.loop());
        if (ctx.over()) co_return problem(*ctx.over());
        co_return co_await echo(ctx, request);
    };
}

TEST(ConnectionHalfClose, a_request_is_answered_after_the_client_has_ended_its_side) {
    Bench bench{answer_after(50)};
    const auto output = bench.converse({get("/1")});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(output, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(output, EndsWith("GET /1? "));
}

TEST(ConnectionHalfClose, requests_that_were_pipelined_are_all_answered_in_order) {
    Bench bench{answer_after(50)};
    const auto output = bench.converse({get("/1") + get("/2"), get("/3")});
    EXPECT_EQ(count(output, "HTTP/1.1 200 "), 3u);
    EXPECT_LT(output.find("/1?"), output.find("/2?"));
    EXPECT_THAT(output, EndsWith("GET /3? "));
}

TEST(ConnectionHalfClose, a_body_that_ended_with_the_connection_is_handled) {
    Bench bench{answer_after(50)};
    EXPECT_THAT(bench.converse({"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", "abc"}), EndsWith("POST /1? abc"));
    Bench chunked{answer_after(50)};
    EXPECT_THAT(chunked.converse({"POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}),
                EndsWith("POST /1? abc"));
}

TEST(ConnectionHalfClose, a_request_that_is_not_whole_is_not_handled) {
    Bench bench{echo};
    const auto output = bench.converse({get("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"});
    EXPECT_EQ(count(output, "HTTP/1.1 "), 1u);
    EXPECT_TRUE(bench.stream->closed());
}

TEST(ConnectionHalfClose, the_deadline_of_a_request_holds_as_before) {
    Bench bench{[](const CallContext& ctx, const Request&) -> Task<Response> {
                    const auto slept = co_await sleep_for(ctx, 10s);
                    co_return problem(slept.error());
                },
                {.request_time_max = 20ms}};
    EXPECT_THAT(bench.converse({get("/")}), StartsWith("HTTP/1.1 504 "));
}

TEST(ConnectionHalfClose, cutting_cancels_a_request_whose_client_has_ended_its_side) {
    std::optional<Error> why;
    Bench bench{[&](const CallContext& ctx, const Request&) -> Task<Response> {
        for (int i = 0; i < 50; ++i) co_await hop_to(ctx.loop());
        ctx.loop().post([&bench] { bench.connection->cut(); });
        const auto slept = co_await sleep_for(ctx, 10s);
        why = slept.error();
        co_return problem(*why);
    }};
    bench.converse({get("/")});
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code(), Code::cancelled);
}

/// Returns how many pieces are read before the connection is closed, from a client that continues
/// to send whatever it receives.
std::size_t pieces_read(std::size_t pieces, std::size_t piece_bytes) {
    Bench bench{echo, {.body_bytes_max = 1024, .request_time_max = 20s}};
    bench.stream->arrive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n");
    for (std::size_t i = 0; i < pieces; ++i) bench.stream->arrive(std::string(piece_bytes, 'x'));
    const auto output = bench.converse({});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 413 "));
    EXPECT_TRUE(bench.stream->write_ended());
    return pieces - bench.stream->unread();
}

TEST(ConnectionHalfClose, what_follows_a_refusal_is_read_up_to_a_bound) {
    constexpr std::size_t kPiece = 64 * 1024;
    constexpr std::size_t kPiecesMax = 1024;
    EXPECT_EQ(pieces_read(kPiecesMax, kPiece), kPiecesMax);
    EXPECT_LE(pieces_read(kPiecesMax + 50, kPiece), kPiecesMax + 1);
}

TEST(ConnectionHalfClose, what_follows_a_refusal_has_the_time_of_a_request) {
    Bench bench{echo, {.body_bytes_max = 1, .request_time_max = 30ms}};
    int sent = 0;
    constexpr int kSentMax = 200;
    Timer again{bench.loop.timers(), [&] {
                    if (bench.stream->closed() || ++sent == kSentMax) return;
                    bench.stream->arrive("x");
                    again.arm(bench.loop.now() + 5ms);
                }};
    again.arm(bench.loop.now());
    EXPECT_THAT(bench.converse({"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"}, false), StartsWith("HTTP/1.1 413 "));
    EXPECT_LT(sent, kSentMax);
}

}  // namespace
}  // namespace tw::http
