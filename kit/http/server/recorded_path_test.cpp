#include "kit/http/server/recorded_path.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::http {
namespace {

std::string recorded(const std::string& path) { return std::string{recorded_path(path).text()}; }

TEST(RecordedPathTest, a_path_is_recorded_as_it_came) {
    for (const auto* path : {"/", "*", "", "/api/orders", "/a//b/", "/a%20b/\xC3\xA4"}) EXPECT_EQ(recorded(path), path);
}

TEST(RecordedPathTest, a_segment_that_is_an_address_is_masked) {
    EXPECT_EQ(recorded("/api/users/ann@example.com"), "/api/users/***");
    EXPECT_EQ(recorded("/api/users/ann%40example.com/orders"), "/api/users/***/orders");
    EXPECT_EQ(recorded("/a@b/c/d@e/"), "/***/c/***/");
    EXPECT_EQ(recorded("ann@example.com"), "***");
}

TEST(RecordedPathTest, of_a_long_path_its_front_is_recorded) {
    const std::string segment(2'000, 'x');
    EXPECT_EQ(recorded("/" + segment), "/" + segment.substr(0, kRecordedTextBytesMax - 1));
    EXPECT_EQ(recorded("/a@b/" + segment), "/***/" + segment.substr(0, kRecordedTextBytesMax - 5));
    const auto address_beyond = "/" + segment + "/a@b";
    EXPECT_EQ(recorded(address_beyond), address_beyond.substr(0, kRecordedTextBytesMax));
    EXPECT_EQ(recorded("/" + segment + "@example.com"), "/***");
}

}  // namespace
}  // namespace tw::http
