#include "kit/http/server/response_head.hpp"

#include <gtest/gtest.h>

namespace tw::http {
namespace {

std::string written(const Response& response, const ResponseFraming& framing) {
    std::string out;
    append_response(out, response, framing);
    return out;
}

TEST(ResponseHead, an_answer_is_written_with_its_length) {
    Response response;
    response.body = "{}";
    response.headers.add("ETag", "\"7\"");
    EXPECT_EQ(written(response, {.date = "today"}),
              "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Type: application/json\r\nContent-Length: 2\r\nETag: \"7\"\r\n\r\n{}");
}

TEST(ResponseHead, the_answer_to_head_tells_the_length_only) {
    Response response;
    response.body = "{}";
    const auto text = written(response, {.head_only = true});
    EXPECT_NE(text.find("Content-Length: 2\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseHead, no_content_has_neither_body_nor_length) {
    Response response;
    response.status = 204;
    response.body = "left over";
    const auto text = written(response, {.date = "d"});
    EXPECT_EQ(text, "HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n");
}

TEST(ResponseHead, the_connection_field_says_what_the_version_does_not) {
    EXPECT_EQ(written({}, {}).find("Connection"), std::string::npos);
    EXPECT_NE(written({}, {.keep_alive = false}).find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(written({}, {.http_1_1 = false}).find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(ResponseHead, a_field_that_would_break_the_framing_is_left_out) {
    Response response;
    response.headers.add("X-Good", "yes");
    response.headers.add("X-Split", "a\r\nSet-Cookie: b");
    response.headers.add("X Name", "a");
    response.headers.add("Content-Length", "1000");
    const auto text = written(response, {});
    EXPECT_NE(text.find("X-Good: yes"), std::string::npos);
    for (const auto* absent : {"Split", "Set-Cookie", "X Name", "1000"})
        EXPECT_EQ(text.find(absent), std::string::npos) << absent;
}

TEST(ResponseHead, the_date_is_written_as_the_standard_has_it) {
    DateCache dates;
    EXPECT_EQ(dates.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(dates.at(784111778), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace tw::http
