#include "kit/base/json_text.hpp"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tw {
namespace {

std::string text_of(double number) {
    std::string text;
    append_json_number(text, number);
    return text;
}

std::string quoted(std::string_view raw) {
    std::string text;
    append_json_string(text, raw);
    return text;
}

TEST(JsonString, escapes_what_json_must_escape) {
    EXPECT_EQ(quoted("a\"b\\c\n\r\t\x01"), R"("a\"b\\c\n\r\t\u0001")");
    EXPECT_EQ(quoted(""), R"("")");
}

TEST(JsonString, of_every_length_stands_behind_what_was_there) {
    for (std::size_t length = 0; length < 70; ++length) {
        std::string json = "[1,";
        append_json_string(json, std::string(length, 'a'));
        EXPECT_EQ(json, "[1,\"" + std::string(length, 'a') + '"');
    }
}

TEST(JsonString, keeps_characters_and_replaces_bytes_that_are_none) {
    EXPECT_EQ(quoted("K\xC3\xA4se \xF0\x9F\xA7\x80"), "\"K\xC3\xA4se \xF0\x9F\xA7\x80\"");
    EXPECT_EQ(quoted("\xC3\xA4 \xC3 \xFF"), "\"\xC3\xA4 \xEF\xBF\xBD \xEF\xBF\xBD\"");
}

TEST(JsonMember, has_a_comma_before_it_unless_it_is_the_first) {
    std::string json = "{";
    append_json_member(json, "a", "x{");
    append_json_member(json, "b", "\n");
    append_json_name(json, "c");
    json += "{";
    append_json_member(json, "d", "");
    json += "}}";
    EXPECT_EQ(json, R"({"a":"x{","b":"\n","c":{"d":""}})");
}

TEST(IndentedJson, has_a_line_for_each_member_and_item) {
    EXPECT_EQ(indented_json(R"({"a":[1,true],"b":{"c":null}})"),
              "{\n  \"a\": [\n    1,\n    true\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}\n");
    EXPECT_EQ(indented_json("7"), "7\n");
}

TEST(IndentedJson, leaves_strings_and_what_is_empty_alone) {
    EXPECT_EQ(indented_json(R"({"a,b:{[":"]}\"\\","c":[],"d":{}})"),
              "{\n  \"a,b:{[\": \"]}\\\"\\\\\",\n  \"c\": [],\n  \"d\": {}\n}\n");
}

TEST(JsonNumber, has_only_the_digits_that_it_needs) {
    EXPECT_EQ(text_of(0.0), "0");
    EXPECT_EQ(text_of(0.5), "0.5");
    EXPECT_EQ(text_of(12.0), "12");
    EXPECT_EQ(text_of(0.000123456), "0.000123456");
    EXPECT_EQ(text_of(999999.999999999), "999999.999999999");
    EXPECT_EQ(text_of(1e-10), "1e-10");
    EXPECT_EQ(text_of(-0.5), "-0.5");
    EXPECT_EQ(text_of(std::nan("")), "null");
    EXPECT_EQ(text_of(HUGE_VAL), "null");
    EXPECT_EQ(text_of(-HUGE_VAL), "null");
}

TEST(JsonNumber, reads_back_as_the_same_number) {
    for (std::int64_t nanos = 1; nanos < 2'000'000'000; nanos = nanos * 3 + 1) {
        const auto seconds = static_cast<double>(nanos) / 1e9;
        EXPECT_EQ(std::strtod(text_of(seconds).c_str(), nullptr), seconds);
        EXPECT_EQ(std::strtod(text_of(1 / seconds).c_str(), nullptr), 1 / seconds);
    }
}

}  // namespace
}  // namespace tw
