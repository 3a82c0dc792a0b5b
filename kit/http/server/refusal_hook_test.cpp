#include "kit/http/server/refused_head.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>

// Tests who may read the refusal of a request that no handler got.
namespace tw::http {
namespace {

using testing::Bench;
using testing::echo;
using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const ServerLimits kTightLimits{.header_bytes_max = 1024, .uri_bytes_max = 256, .body_bytes_max = 16};

/// Adds the request's known origin to the response.
void tell_origin(const Request& request, const Error&, Response& response) {
    response.headers.add("x-origin", std::string{request.headers.find("origin").value_or("none")});
}

std::string answer_to_pieces(std::vector<std::string> pieces, bool end = true) {
    auto limits = kTightLimits;
    // The limit bounds the wait for a client that does not end its side.
    if (!end) limits.request_time_max = std::chrono::milliseconds{200};
    Bench bench{
        echo, limits, nullptr, {}, {.hosts = HostRule::of({"127.0.0.1", 1}, {"a"}, "http.hosts"), .on_refusal = tell_origin}};
    return bench.converse(std::move(pieces), end);
}

constexpr std::string_view kOrigin = "Origin: https://shop.example\r\n";
constexpr auto kTold = "x-origin: https://shop.example\r\n";

std::string request_line(const std::string& target, std::string_view fields) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}

TEST(RefusalHook, every_early_refusal_knows_the_origin_of_its_request) {
    const std::string origin{kOrigin};
    const std::string far(4000, 'x');
    const std::pair<std::string, std::string> cases[]{
        {"413", request_line("/", origin + "Content-Length: 17\r\n")},
        {"413", request_line("/", origin + "Transfer-Encoding: chunked\r\n") + "20\r\n" + std::string(32, 'x') + "\r\n0\r\n\r\n"},
        {"414", request_line("/" + std::string(600, 'x'), origin)},
        {"431", request_line("/", origin + "X: " + far + "\r\n")},
        {"431", request_line("/", "X: " + far + "\r\n" + origin)},
        {"400", request_line("/", origin + "bad line\r\n")},
        {"400", request_line("/", origin + "Content-Length: x\r\n")},
        {"400", "POST / HTTP/1.1\nHost: a\n" + origin + "\n"},
        {"417", request_line("/", origin + "Expect: more\r\n")},
        {"501", request_line("/", origin + "Transfer-Encoding: gzip\r\n")},
        {"505", "POST / HTTP/1.2\r\nHost: a\r\n" + origin + "\r\n"},
        {"421", "GET / HTTP/1.1\r\nHost: evil.example\r\n" + origin + "\r\n"},
        {"400", request_line("/", origin + "Idempotency-Key: \x80\r\nContent-Length: 0\r\n")},
    };
    for (const auto& [status, request] : cases) {
        const auto output = answer_to_pieces({request});
        EXPECT_THAT(output, StartsWith("HTTP/1.1 " + status + " ")) << request.substr(0, 200);
        EXPECT_THAT(output, HasSubstr(kTold)) << status << " " << request.substr(0, 200);
    }
}

TEST(RefusalHook, a_header_is_read_on_in_pieces_to_find_the_origin) {
    std::vector<std::string> pieces;
    const auto request = request_line("/" + std::string(20'000, 'x'), kOrigin);
    for (std::size_t at = 0; at < request.size(); at += 700) pieces.push_back(request.substr(at, 700));
    EXPECT_THAT(answer_to_pieces(std::move(pieces), false), HasSubstr(kTold));
}

TEST(RefusalHook, a_header_without_end_is_answered_in_spite_of_that) {
    std::vector<std::string> pieces{"GET /" + std::string(300, 'x')};
    for (int i = 0; i < 5000; ++i) pieces.emplace_back(100, 'x');
    EXPECT_THAT(answer_to_pieces(std::move(pieces), false), StartsWith("HTTP/1.1 414 "));
    EXPECT_THAT(answer_to_pieces({"GET /" + std::string(400, 'x')}), HasSubstr("x-origin: none\r\n"));
}

TEST(RefusalHook, a_handler_that_throws_is_completed_too) {
    Bench bench{[](const CallContext&, const Request&) -> Task<Response> {
                    throw std::runtime_error{"bug"};
                    co_return Response{};
                },
                {},
                nullptr,
                {},
                {.on_refusal = tell_origin}};
    const auto output = bench.converse({get("/", kOrigin)});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(output, HasSubstr(kTold));
}

TEST(RefusalHook, what_the_handler_answers_is_left_to_the_handler) {
    EXPECT_THAT(answer_to_pieces({get("/", kOrigin)}), Not(HasSubstr("x-origin")));
}

std::string field_in(std::string_view header, std::string_view name) {
    RefusedHead scan;
    for (const char c : header) scan.feed({&c, 1});
    RefusedHead whole;
    whole.feed(header);
    const auto found = std::string{whole.request().headers.find(name).value_or("")};
    EXPECT_EQ(scan.request().headers.find(name).value_or(""), found);
    return found;
}

std::string origin_in(std::string_view header) { return field_in(header, "origin"); }

TEST(RefusedHead, one_origin_is_found_and_two_are_none) {
    EXPECT_EQ(origin_in("GET / HTTP/1.1\r\nHost: a\r\nORIGIN:  https://a.example \r\n\r\n"), "https://a.example");
    EXPECT_EQ(origin_in("GET / HTTP/1.1\nOrigin: https://a.example\n"), "https://a.example");
    EXPECT_EQ(origin_in("Origin: https://a.example\r\n\r\n"), "");
    EXPECT_EQ(origin_in("GET / HTTP/1.1\r\nOrigin: https://a.example\r\nOrigin: https://b.example\r\n\r\n"), "");
    EXPECT_EQ(origin_in("GET / HTTP/1.1\r\nX-Origin: https://a.example\r\nOriginal: x\r\n\r\nOrigin: https://b.example\r\n"), "");
    EXPECT_EQ(origin_in("GET / HTTP/1.1\r\nOrigin: a\x01"
                        "b\r\n\r\n"),
              "");
    EXPECT_EQ(origin_in("GET / HTTP/1.1\r\nOrigin: " + std::string(600, 'x') + "\r\n\r\n"), "");
}

TEST(RefusedHead, method_and_type_say_which_protocol_the_client_speaks) {
    const std::string_view header = "POST /user.UserService/GetUser HTTP/1.1\r\ncontent-type: application/grpc-web \r\n\r\n";
    EXPECT_EQ(field_in(header, "content-type"), "application/grpc-web");
    RefusedHead scan;
    scan.feed(header);
    EXPECT_EQ(scan.request().method, "POST");
    EXPECT_TRUE(scan.ended());
}

}  // namespace
}  // namespace tw::http
