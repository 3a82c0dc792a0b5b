#include "kit/http/http2_frames_fixture.hpp"
#include "kit/http/server.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests what RFC 9113 and RFC 9110 require of a server, frame by frame.
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint32_t kProtocolError = 1;

class Http2ConnectionTest : public ::testing::Test {
 protected:
    /// Returns the server's output for these frames, as lines: "STREAM: FIELDS" for headers,
    /// "STREAM> BYTES" for bodies, "STREAM! CODE" for resets. The end of a stream is a ".".
    std::string converse(const std::string& bytes) { return converse(std::vector{bytes}); }
    std::string converse(const std::vector<std::string>& pieces) {
        auto owned = std::make_unique<testing::FakeStream>(loop_);
        auto& stream = *owned;
        const auto server = make_server(loop_, limits, {tracer_, logger_, meter_}, handler, true, {}, hooks);
        server->serve_stream(std::move(owned));
        stream.arrive(std::string{kPreface} + settings());
        for (const auto& piece : pieces) stream.arrive(piece);
        auto output = run_until_done(loop_, [](EventLoop& loop, testing::FakeStream& stream) -> Task<std::string> {
            for (int turn = 0; turn < 100; ++turn) co_await hop_to(loop);
            co_return stream.output();
        }(loop_, stream));
        stream.arrive_end();
        run_until_done(loop_, server->drain(Deadline::after(loop_.now(), 5s)));
        return told(std::move(output));
    }

    ServerLimits limits;
    Handler handler = testing::echo;
    ServerHooks hooks;

 private:
    static std::string told(std::string output) {
        std::string lines;
        FieldReader fields;
        for (auto next = take(output); next; next = take(output)) {
            const auto stream = std::to_string(next->stream);
            const auto* const end = (next->flags & kEndStream) != 0 ? "." : "";
            if (next->type == FrameType::headers) lines += stream + ": " + fields.read(next->payload) + end + "\n";
            if (next->type == FrameType::data) lines += stream + "> " + next->payload + end + "\n";
            if (next->type == FrameType::reset) lines += stream + "! " + std::to_string(next->payload.back()) + "\n";
            if (next->type == FrameType::goaway) lines += "goaway " + std::to_string(next->payload[7]) + "\n";
        }
        return lines;
    }

    EventLoop loop_;
    SystemClock clock_;
    Random random_{1};
    testing::CollectedLog sink_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Meter meter_;
    telemetry::Logger logger_{"test", clock_, sink_,
                              std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
};

std::string request(std::string_view method, std::string_view path, std::string_view more = "",
                    std::string_view scheme = "http") {
    return field(":method", method) + field(":scheme", scheme) + field(":path", path) + field(":authority", "a") +
           std::string{more};
}

std::string body(std::uint32_t stream, std::string_view bytes) { return frame(FrameType::data, kEndStream, stream, bytes); }

TEST_F(Http2ConnectionTest, a_client_that_asks_is_told_to_send_its_body) {
    const auto told = converse(headers(1, request("POST", "/", field("expect", "100-continue"))) + body(1, "abc"));
    EXPECT_THAT(told, ::testing::StartsWith("1: :status: 100\n\n1: :status: 200\n"));
    EXPECT_THAT(told, HasSubstr("1> POST /? abc.\n"));
}

TEST_F(Http2ConnectionTest, who_has_no_body_to_send_is_not_told_to) {
    EXPECT_THAT(converse(headers(1, request("GET", "/", field("expect", "100-continue")), true)), Not(HasSubstr("100\n")));
}

TEST_F(Http2ConnectionTest, a_body_that_is_not_wanted_is_refused_instead_of_asked_for) {
    limits.body_bytes_max = 2;
    const auto told = converse(headers(1, request("POST", "/", field("expect", "100-continue") + field("content-length", "3"))));
    EXPECT_THAT(told, ::testing::StartsWith("1: :status: 413\n"));
}

TEST_F(Http2ConnectionTest, another_expectation_fails) {
    EXPECT_THAT(converse(headers(1, request("POST", "/", field("expect", "wonders")))),
                ::testing::StartsWith("1: :status: 417\n"));
}

TEST_F(Http2ConnectionTest, a_path_is_a_path_whatever_the_scheme) {
    for (const auto* path : {"http://b/x", "x", "https://a/"}) {
        EXPECT_THAT(converse(headers(1, request("GET", path, "", "ftp"), true)), ::testing::StartsWith("1: :status: 400\n"))
            << path;
    }
    EXPECT_THAT(converse(headers(1, request("GET", "x"), true)), HasSubstr("1! 1\n"));
    EXPECT_THAT(converse(headers(1, request("OPTIONS", "*"), true)), ::testing::StartsWith("1: :status: 204\n"));
}

TEST_F(Http2ConnectionTest, a_tunnel_is_not_made) {
    const auto told = converse(headers(1, field(":method", "CONNECT") + field(":authority", "a:443")));
    EXPECT_THAT(told, ::testing::StartsWith("1: :status: 501\n"));
    EXPECT_THAT(told, HasSubstr("1! 0\n"));
}

TEST_F(Http2ConnectionTest, what_a_request_must_not_have_resets_its_stream_and_no_other) {
    const auto good = request("GET", "/");
    for (const auto& bad : {field("x", "1") + good,
                            good + field(":path", "/"),
                            good + field(":protocol", "websocket"),
                            good + field(":status", "200"),
                            good + field("connection", "close"),
                            good + field("proxy-connection", "close"),
                            good + field("keep-alive", "1"),
                            good + field("upgrade", "h2c"),
                            good + field("transfer-encoding", "chunked"),
                            good + field("te", "gzip"),
                            good + field("X", "1"),
                            good + field("x y", "1"),
                            good + field("", "1"),
                            good + field("x", "a\rb"),
                            good + field("x", std::string{"a\0b", 3}),
                            good + field("content-length", "-1"),
                            good + field("content-length", "1"),
                            good + field("content-length", "0") + field("content-length", "1"),
                            field(":method", "GET") + field(":path", "/"),
                            field(":method", "GET") + field(":scheme", "http") + field(":path", "/")}) {
        const auto told = converse(headers(1, bad, true) + headers(3, good, true));
        EXPECT_THAT(told, HasSubstr("1! " + std::to_string(kProtocolError) + "\n")) << bad;
        EXPECT_THAT(told, HasSubstr("3> GET /? .\n")) << bad;
    }
}

TEST_F(Http2ConnectionTest, trailers_do_not_pass_for_fields) {
    handler = [](const CallContext&, const Request& request) -> Task<Response> {
        EXPECT_FALSE(request.headers.find("x-late"));
        co_return Response{.body = request.body};
    };
    const auto begin = headers(1, request("POST", "/")) + frame(FrameType::data, 0, 1, "abc");
    EXPECT_THAT(converse(begin + headers(1, field("x-late", "1"), true)), HasSubstr("1> abc.\n"));
    EXPECT_THAT(converse(begin + headers(1, field(":path", "/b"), true)), HasSubstr("1! 1\n"));
    EXPECT_THAT(converse(begin + headers(1, field("x-late", "1"), false)), HasSubstr("1! 1\n"));
}

TEST_F(Http2ConnectionTest, padding_is_no_content_and_is_paid_back) {
    handler = [](const CallContext&, const Request& request) -> Task<Response> {
        co_return Response{.body = std::to_string(request.body.size())};
    };
    constexpr std::uint8_t kPadded = 8;
    std::string padded{"\xff"};
    padded.append("x").append(255, '\0');
    std::string piece;
    for (int i = 0; i < 60; ++i) piece += frame(FrameType::data, kPadded, 1, padded);
    // The pieces have ten times a quarter of the stream's window.
    std::vector<std::string> pieces(10, piece);
    pieces.insert(pieces.begin(), headers(1, request("POST", "/")));
    pieces.push_back(body(1, ""));
    EXPECT_THAT(converse(pieces), HasSubstr("1> 600.\n"));
}

TEST_F(Http2ConnectionTest, answers_without_content_end_with_their_header) {
    for (const int status : {204, 304}) {
        handler = [status](const CallContext&, const Request&) -> Task<Response> {
            co_return Response{.status = status, .body = "left over"};
        };
        const auto told = converse(headers(1, request("GET", "/"), true));
        EXPECT_THAT(told, ::testing::StartsWith("1: :status: " + std::to_string(status) + "\n"));
        EXPECT_THAT(told, Not(HasSubstr("1> ")));
        EXPECT_THAT(told, Not(HasSubstr("content-")));
    }
}

TEST_F(Http2ConnectionTest, no_field_of_an_answer_is_malformed) {
    handler = [](const CallContext&, const Request&) -> Task<Response> {
        Response response{.content_type = "text/plain "};
        response.headers.add("X-Spaced", " \tv\t ");
        response.headers.add("X-Split", "a\r\nb: c");
        response.headers.add("Connection", "close");
        response.headers.add("Proxy-Connection", "close");
        response.headers.add("x-none", "");
        co_return response;
    };
    const auto told = converse(headers(1, request("GET", "/"), true));
    EXPECT_THAT(told, HasSubstr("content-type: text/plain\n"));
    EXPECT_THAT(told, HasSubstr("x-spaced: v\n"));
    EXPECT_THAT(told, HasSubstr("x-none: \n"));
    EXPECT_THAT(told, Not(HasSubstr("connection")));
    EXPECT_THAT(told, Not(HasSubstr("split")));
}

TEST_F(Http2ConnectionTest, a_client_that_leaves_gets_the_answers_it_waits_for) {
    const auto told = converse(headers(1, request("POST", "/")) + goaway(0) + body(1, "abc"));
    EXPECT_THAT(told, HasSubstr("1> POST /? abc.\n"));
}

/// Returns fields that make the header's size `size` by RFC 9113 §6.5.2: 32 bytes for each field
/// beside its name and value.
std::string request_with_header_of(std::size_t size, std::string_view more = "") {
    constexpr std::size_t kOthers = 166;
    constexpr std::size_t kField = 33;
    return request("GET", "/", field("x", std::string(size - kOthers - kField, 'x')) + std::string{more});
}

TEST_F(Http2ConnectionTest, a_header_of_the_largest_size_is_read_and_one_byte_more_is_431) {
    limits.header_bytes_max = 4096;
    limits.uri_bytes_max = 1024;
    EXPECT_THAT(converse(headers(1, request_with_header_of(4096), true)), ::testing::StartsWith("1: :status: 200\n"));
    EXPECT_THAT(converse(headers(1, request_with_header_of(4097), true)), ::testing::StartsWith("1: :status: 431\n"));
}

TEST_F(Http2ConnectionTest, a_target_of_the_largest_size_is_read_and_one_byte_more_is_414) {
    limits.uri_bytes_max = 1024;
    const auto path = "/" + std::string(1023, 'p');
    EXPECT_THAT(converse(headers(1, request("GET", path), true)), HasSubstr("1> GET " + path + "? ."));
    EXPECT_THAT(converse(headers(1, request("GET", path + "p"), true)), ::testing::StartsWith("1: :status: 414\n"));
}

TEST_F(Http2ConnectionTest, a_body_of_the_largest_size_is_read_and_one_byte_more_is_413) {
    limits.body_bytes_max = 1000;
    const std::string most(1000, 'b');
    EXPECT_THAT(converse(headers(1, request("POST", "/")) + body(1, most)), HasSubstr("1> POST /? " + most + "."));
    EXPECT_THAT(converse(headers(1, request("POST", "/")) + body(1, most + "b")), ::testing::StartsWith("1: :status: 413\n"));
}

TEST_F(Http2ConnectionTest, every_early_refusal_knows_the_origin_of_its_request) {
    limits = {.header_bytes_max = 2048, .uri_bytes_max = 256, .body_bytes_max = 16};
    hooks.hosts = HostRule::of({"127.0.0.1", 1}, {"a"}, "http.hosts");
    hooks.on_refusal = [](const Request& refused, const Error&, Response& response) {
        response.headers.add("x-origin", std::string{refused.headers.find("origin").value_or("none")});
    };
    const auto origin = field("origin", "https://shop.example");
    for (const auto& [status, bytes] :
         {std::pair{"413", headers(1, request("POST", "/", origin + field("content-length", "17")))},
          std::pair{"414", headers(1, request("GET", "/" + std::string(300, 'x'), origin), true)},
          std::pair{"431", headers(1, request_with_header_of(2049, origin), true)},
          std::pair{"417", headers(1, request("POST", "/", origin + field("expect", "more")))},
          std::pair{"421", headers(1,
                                   field(":method", "GET") + field(":scheme", "http") + field(":path", "/") +
                                       field(":authority", "evil.example") + origin,
                                   true)}}) {
        const auto told = converse(bytes);
        EXPECT_THAT(told, ::testing::StartsWith(std::string{"1: :status: "} + status + "\n"));
        EXPECT_THAT(told, HasSubstr("x-origin: https://shop.example\n")) << status;
    }
}

}  // namespace
}  // namespace tw::http
