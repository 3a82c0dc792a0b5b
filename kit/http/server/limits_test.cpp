#include "kit/http/server/testing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

// Tests each limit of a request by HTTP/1.1 from both sides: the largest allowed value is accepted
// and read back whole, and one more is refused, by this limit and no other.
namespace tw::http {
namespace {

using testing::Bench;
using testing::echo;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr ServerLimits kLimits{.header_bytes_max = 8 * 1024,
                               .uri_bytes_max = 5 * 1024,
                               .path_bytes_max = 5 * 1024,
                               .path_segments_max = 8,
                               .query_bytes_max = 64,
                               .query_parameters_max = 4,
                               .body_bytes_max = 20'000};

/// Returns the answer to a request in one piece, and checks that it is the same for many pieces.
std::string answer_to(const std::string& request) {
    std::string whole = Bench{echo, kLimits}.converse({request});
    constexpr std::size_t kPieceBytes = 777;
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < request.size(); at += kPieceBytes) pieces.push_back(request.substr(at, kPieceBytes));
    const auto without_date = [](std::string text) { return text.erase(text.find("Date: "), 37); };
    EXPECT_EQ(without_date(Bench{echo, kLimits}.converse(std::move(pieces))), without_date(whole));
    return whole;
}

/// Returns a request whose header has `size` bytes.
std::string with_header_of(std::size_t size) {
    const std::string begin = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
}

TEST(HttpLimits, a_header_of_the_largest_size_is_read_and_one_byte_more_is_431) {
    EXPECT_THAT(answer_to(with_header_of(kLimits.header_bytes_max)), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer_to(with_header_of(kLimits.header_bytes_max + 1)), HasSubstr("HEADER_TOO_LARGE"));
    EXPECT_THAT(answer_to(with_header_of(10 * kLimits.header_bytes_max)), StartsWith("HTTP/1.1 431 "));
}

TEST(HttpLimits, a_target_of_the_largest_size_is_read_and_one_byte_more_is_414) {
    const auto target = "/" + std::string(kLimits.uri_bytes_max - 3, 'p') + "?q";
    ASSERT_EQ(target.size(), kLimits.uri_bytes_max);
    EXPECT_THAT(answer_to(testing::get(target)), EndsWith("GET " + target + " "));
    EXPECT_THAT(answer_to(testing::get(target + "q")), HasSubstr("URI_TOO_LONG"));
    EXPECT_THAT(answer_to(testing::get("/" + std::string(20'000, 'p'))), StartsWith("HTTP/1.1 414 "));
}

TEST(HttpLimits, a_path_of_the_largest_size_is_read_and_one_byte_more_is_414) {
    constexpr ServerLimits kShort{.path_bytes_max = 100};
    const std::string path = "/" + std::string(99, 'p');
    EXPECT_THAT(Bench(echo, kShort).converse({testing::get(path + "?q=1")}), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(Bench(echo, kShort).converse({testing::get(path + "p")}), HasSubstr("the path has more bytes than 100"));
}

TEST(HttpLimits, a_path_of_the_most_segments_is_read_and_one_more_is_414) {
    EXPECT_THAT(answer_to(testing::get("/1/2/3/4/5/6/7/8")), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer_to(testing::get("/1/2/3/4/5/6/7/8/")), HasSubstr("the path has more segments than 8"));
}

TEST(HttpLimits, a_query_of_the_largest_size_is_read_and_one_byte_more_is_414) {
    EXPECT_THAT(answer_to(testing::get("/?" + std::string(64, 'q'))), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer_to(testing::get("/?" + std::string(65, 'q'))), HasSubstr("the query has more bytes than 64"));
}

TEST(HttpLimits, a_query_of_the_most_parameters_is_read_and_one_more_is_414) {
    EXPECT_THAT(answer_to(testing::get("/?a=1&b=2&c=3&d=4")), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer_to(testing::get("/?a=1&b=2&c=3&d=4&")), HasSubstr("the query has more parameters than 4"));
}

std::string post(const std::string& fields, const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

TEST(HttpLimits, a_body_of_the_largest_size_is_read_and_one_byte_more_is_413) {
    const std::string body(kLimits.body_bytes_max, 'b');
    const auto length = [](std::size_t bytes) { return "Content-Length: " + std::to_string(bytes) + "\r\n"; };
    EXPECT_THAT(answer_to(post(length(body.size()), body)), EndsWith("POST /? " + body));
    EXPECT_THAT(answer_to(post(length(body.size() + 1), body + "b")), HasSubstr("BODY_TOO_LARGE"));
    EXPECT_THAT(answer_to(post("Content-Length: 99999999999999999999999\r\n", "")), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpLimits, a_chunked_body_is_measured_by_its_content) {
    const auto chunked = [](std::size_t bytes) {
        constexpr std::size_t kChunkBytes = 1000;
        std::string text;
        for (; bytes > 0; bytes -= std::min(bytes, kChunkBytes)) {
            const auto size = std::min(bytes, kChunkBytes);
            text += fmt::format("{:x};name=value\r\n{}\r\n", size, std::string(size, 'b'));
        }
        return text + "0\r\n\r\n";
    };
    const std::string encoded = "Transfer-Encoding: chunked\r\n";
    EXPECT_THAT(answer_to(post(encoded, chunked(kLimits.body_bytes_max))),
                EndsWith("POST /? " + std::string(kLimits.body_bytes_max, 'b')));
    EXPECT_THAT(answer_to(post(encoded, chunked(kLimits.body_bytes_max + 1))), HasSubstr("BODY_TOO_LARGE"));
}

TEST(HttpLimits, an_idempotency_key_of_255_characters_is_taken_and_one_more_is_not) {
    EXPECT_THAT(answer_to(testing::get("/", "Idempotency-Key: " + std::string(255, 'k') + "\r\n")), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer_to(testing::get("/", "Idempotency-Key: " + std::string(256, 'k') + "\r\n")),
                HasSubstr("INVALID_IDEMPOTENCY_KEY"));
}

}  // namespace
}  // namespace tw::http
