#include "kit/http/server/testing.hpp"

#include <random>

#include <gtest/gtest.h>

namespace tw::http {
namespace {

using testing::Bench;

Task<Response> answer_with_size(const CallContext&, const Request& request) {
    Response response;
    response.body = std::to_string(request.body.size());
    co_return response;
}

const std::vector<std::string>& valid_requests() {
    static const std::vector<std::string> kRequests{
        "GET /api/users/1?x=%20y HTTP/1.1\r\nHost: example.test\r\nUser-Agent: mutant\r\nAccept: */*\r\n\r\n",
        "POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"x\"}",
        "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nX-Trailer: "
        "1\r\n\r\n",
        "GET http://a/abs HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\nHEAD / HTTP/1.0\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\nIdempotency-Key: k\r\n"
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=1\r\n\r\nx"};
    return kRequests;
}

std::string mutated(std::string bytes, std::mt19937_64& random) {
    using namespace std::string_literals;
    static const auto kSpecial = "\r\n \t:;,/\0\x7f\xff%0fF{*"s;
    for (auto edits = 1 + random() % 6; edits > 0 && !bytes.empty(); --edits) {
        const auto at = random() % bytes.size();
        switch (random() % 5) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes[at] = kSpecial[random() % kSpecial.size()];
                break;
            case 2:
                bytes.erase(at, 1 + random() % 8);
                break;
            case 3:
                bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
                break;
            default:
                bytes.insert(at, 1 + random() % 3, kSpecial[random() % kSpecial.size()]);
        }
    }
    return bytes;
}

/// Whether `output` is nothing but whole answers with known statuses.
bool is_answers(std::string_view output) {
    while (!output.empty()) {
        if (!output.starts_with("HTTP/1.1 ")) return false;
        const auto status = std::stoi(std::string{output.substr(9, 3)});
        const auto end = output.find("\r\n\r\n");
        if (end == std::string_view::npos || status < 100 || status > 505) return false;
        const auto head = output.substr(0, end);
        output.remove_prefix(end + 4);
        const auto length = head.find("Content-Length: ");
        const auto next = output.starts_with("HTTP/1.1 ");
        if (length == std::string_view::npos || next || output.empty()) continue;
        output.remove_prefix(std::min<std::size_t>(output.size(), std::stoul(std::string{head.substr(length + 16, 10)})));
    }
    return true;
}

TEST(ConnectionRobustness, whatever_comes_is_answered_or_the_connection_closes) {
    std::mt19937_64 random{31337};
    const ServerLimits limits{.header_bytes_max = 1024, .uri_bytes_max = 256, .body_bytes_max = 1024};
    for (int i = 0; i < 4000; ++i) {
        const auto& requests = valid_requests();
        const auto bytes = mutated(requests[random() % requests.size()] + requests[random() % requests.size()], random);
        std::vector<std::string> pieces;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = 1 + random() % 200;
            pieces.push_back(bytes.substr(at, size));
            at += size;
        }
        Bench bench{answer_with_size, limits};
        const auto output = bench.converse(std::move(pieces));
        ASSERT_TRUE(bench.stream->closed());
        ASSERT_TRUE(is_answers(output)) << bytes << "\n---\n" << output;
    }
}

TEST(ConnectionRobustness, how_the_bytes_are_cut_does_not_change_the_answers) {
    std::mt19937_64 random{99};
    for (int i = 0; i < 500; ++i) {
        const auto& requests = valid_requests();
        const auto bytes = requests[random() % 4] + requests[random() % 4];
        std::vector<std::string> pieces;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = 1 + random() % 30;
            pieces.push_back(bytes.substr(at, size));
            at += size;
        }
        const auto strip_dates = [](std::string text) {
            for (auto at = text.find("Date: "); at != std::string::npos; at = text.find("Date: ", at)) text.erase(at, 37);
            return text;
        };
        Bench whole{answer_with_size};
        Bench cut{answer_with_size};
        EXPECT_EQ(strip_dates(whole.converse({bytes})), strip_dates(cut.converse(std::move(pieces)))) << bytes;
    }
}

}  // namespace
}  // namespace tw::http
