#include "kit/http/json/json_mapping_test.pb.h"
#include "kit/http/json_mapping.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace tw::http {
namespace {

using test::Everything;

/// Reads a document that must be free of errors.
Everything read(std::string_view json) {
    Everything message;
    std::vector<Violation> violations;
    const auto parsed = parse_json(json, message, violations);
    EXPECT_TRUE(parsed) << json << ": " << parsed.error().detail();
    for (const auto& violation : violations) ADD_FAILURE() << json << ": " << violation.pointer << " " << violation.detail;
    return message;
}

std::vector<Violation> violations_of(std::string_view json, const JsonOptions& limits = {}) {
    Everything message;
    std::vector<Violation> violations;
    const auto parsed = parse_json(json, message, violations, limits);
    EXPECT_TRUE(parsed) << json << ": " << parsed.error().detail();
    return violations;
}

TEST(JsonRead, every_kind_of_field_is_read) {
    const auto message =
        read(R"({"text":"h\u00e9\"\n","data":"AQID","flag":true,"small":-5,"large":-9223372036854775808,"natural":4294967295,)"
             R"("huge":18446744073709551615,"real":0.1,"single":1.5,"colour":"RED","child":{"text":"inner"},)"
             R"("words":["a","b"],"numbers":[1,2],"children":[{},{"small":1}],"counts":{"x":1,"y":2},)"
             R"("by_number":{"7":{"text":"seven"}},"maybe":"","left":"l","at":"2026-01-31T12:00:00.5Z","takes":"-1.5s",)"
             R"("mask":"text,child.text","colours":["GREEN"],"times":["1969-12-31T23:59:59.25Z"],"zigzag":-1,"fixed":9})");
    EXPECT_EQ(message.text(), "h\xc3\xa9\"\n");
    EXPECT_EQ(message.data(), "\x01\x02\x03");
    EXPECT_EQ(message.large(), INT64_MIN);
    EXPECT_EQ(message.huge(), UINT64_MAX);
    EXPECT_EQ(message.real(), 0.1);
    EXPECT_EQ(message.colour(), test::RED);
    EXPECT_EQ(message.child().text(), "inner");
    EXPECT_EQ(message.words_size(), 2);
    EXPECT_EQ(message.children(1).small(), 1);
    EXPECT_EQ(message.counts().at("y"), 2);
    EXPECT_EQ(message.by_number().at(7).text(), "seven");
    EXPECT_TRUE(message.has_maybe());
    EXPECT_FALSE(message.has_maybe_number());
    EXPECT_EQ(message.left(), "l");
    EXPECT_EQ(message.at().nanos(), 500'000'000);
    EXPECT_EQ(message.takes().seconds(), -1);
    EXPECT_EQ(message.takes().nanos(), -500'000'000);
    EXPECT_EQ(message.mask().paths(1), "child.text");
    EXPECT_EQ(message.times(0).seconds(), -1);
    EXPECT_EQ(message.times(0).nanos(), 250'000'000);
}

TEST(JsonRead, null_is_the_same_as_absent) {
    const auto message =
        read(R"({"text":null,"child":null,"words":null,"counts":null,"maybe":null,"at":null,"left":null,"right":{}})");
    EXPECT_FALSE(message.has_child() || message.has_maybe() || message.has_at());
    EXPECT_TRUE(message.has_right());
}

TEST(JsonRead, whole_numbers_may_be_written_with_point_or_exponent) {
    const auto message = read(R"({"small":1.0,"large":1e3,"natural":2E0,"real":5,"huge":0})");
    EXPECT_EQ(message.small(), 1);
    EXPECT_EQ(message.large(), 1000);
    EXPECT_EQ(message.real(), 5.0);
}

TEST(JsonRead, numbers_may_be_written_as_strings_as_protobuf_clients_do) {
    const auto message =
        read(R"({"small":"-5","large":"9223372036854775807","natural":"4294967295","huge":"18446744073709551615","real":"0.1",)"
             R"("single":"-1.5e0","numbers":["1","2"],"counts":{"x":"7"},"maybeNumber":"0","zigzag":"1e2","fixed":"-0"})");
    EXPECT_EQ(message.small(), -5);
    EXPECT_EQ(message.large(), INT64_MAX);
    EXPECT_EQ(message.natural(), UINT32_MAX);
    EXPECT_EQ(message.huge(), UINT64_MAX);
    EXPECT_EQ(message.real(), 0.1);
    EXPECT_EQ(message.single(), -1.5f);
    EXPECT_EQ(message.numbers(1), 2);
    EXPECT_EQ(message.counts().at("x"), 7);
    EXPECT_TRUE(message.has_maybe_number());
    EXPECT_EQ(message.zigzag(), 100);
    EXPECT_EQ(message.fixed(), 0u);
    const auto odd = read(R"({"real":"NaN","single":"-Infinity"})");
    EXPECT_TRUE(std::isnan(odd.real()));
    EXPECT_EQ(odd.single(), -std::numeric_limits<float>::infinity());
}

TEST(JsonRead, fields_may_have_their_names_in_lower_camel_case) {
    const auto message =
        read(R"({"child":{"maybeNumber":3},"byNumber":{"1":{"maybeNumber":4}},"mask":"child.maybeNumber,byNumber"})");
    EXPECT_EQ(message.child().maybe_number(), 3);
    EXPECT_EQ(message.by_number().at(1).maybe_number(), 4);
    EXPECT_EQ(message.mask().paths(0), "child.maybe_number");
    EXPECT_EQ(message.mask().paths(1), "by_number");
}

TEST(JsonRead, an_enum_may_be_written_as_its_number) {
    const auto message = read(R"({"colour":1,"colours":[2,"RED",0]})");
    EXPECT_EQ(message.colour(), test::RED);
    EXPECT_EQ(message.colours(0), test::GREEN);
    EXPECT_EQ(message.colours_size(), 3);
}

TEST(JsonRead, a_byte_order_mark_is_skipped) {
    EXPECT_EQ(read("\xef\xbb\xbf{\"text\":\"a\"}").text(), "a");
    Everything message;
    std::vector<Violation> violations;
    EXPECT_FALSE(parse_json("\xef\xbb\xbf\xef\xbb\xbf{}", message, violations));
    EXPECT_FALSE(parse_json("\xef\xbb\xbf", message, violations));
    EXPECT_FALSE(parse_json("\xef\xbb{}", message, violations));
}

TEST(JsonRead, null_in_a_merge_patch_sets_the_empty_value) {
    Everything message;
    std::vector<Violation> violations;
    const std::string_view patch = R"({"maybe":null,"maybe_number":null,"left":null,"text":null,"small":null})";
    ASSERT_TRUE(parse_json(patch, message, violations, {.null_clears = true}));
    EXPECT_TRUE(violations.empty());
    EXPECT_TRUE(message.has_maybe() && message.maybe().empty());
    EXPECT_TRUE(message.has_maybe_number() && message.maybe_number() == 0);
    EXPECT_TRUE(message.has_left());
}

TEST(JsonRead, what_a_merge_patch_cannot_remove_is_named) {
    Everything message;
    std::vector<Violation> violations;
    const std::string_view patch = R"({"child":null,"words":null,"counts":null,"at":null,"nope":null})";
    ASSERT_TRUE(parse_json(patch, message, violations, {.null_clears = true}));
    ASSERT_EQ(violations.size(), 5u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(violations[i].detail, "cannot be removed") << violations[i].pointer;
    EXPECT_EQ(violations[4].detail, "is not a field here");
}

struct Refused {
    std::string json;
    std::string pointer;
    std::string detail;
};

void expect_refused(const std::vector<Refused>& table) {
    for (const auto& row : table) {
        const auto violations = violations_of(row.json);
        ASSERT_EQ(violations.size(), 1u) << row.json;
        EXPECT_EQ(violations[0].pointer, row.pointer) << row.json;
        EXPECT_EQ(violations[0].detail, row.detail) << row.json;
    }
}

TEST(JsonRead, what_does_not_fit_is_told_by_its_pointer) {
    const std::vector<Refused> table{
        {R"({"text":1})", "/text", "must be a string"},
        {R"({"text":{}})", "/text", "must be a string"},
        {R"({"text":["a"]})", "/text", "must be a string"},
        {R"({"flag":"true"})", "/flag", "must be true or false"},
        {R"({"flag":1})", "/flag", "must be true or false"},
        {R"({"small":1.5})", "/small", "must be a whole number"},
        {R"({"small":true})", "/small", "must be a whole number"},
        {R"({"small":2147483648})", "/small", "must be from -2147483648 to 2147483647"},
        {R"({"large":9223372036854775808})", "/large", "must be from -9223372036854775808 to 9223372036854775807"},
        {R"({"large":1e30})", "/large", "must be a whole number"},
        {R"({"natural":-1})", "/natural", "must be from 0 to 4294967295"},
        {R"({"huge":-1})", "/huge", "must be from 0 to 18446744073709551615"},
        {R"({"single":1e39})", "/single", "is out of range"},
        {R"({"data":"%%"})", "/data", "must be a string in base64"},
        {R"({"colour":"BLUE"})", "/colour", "must be one of COLOUR_UNSPECIFIED, RED, GREEN"},
        {R"({"colour":3})", "/colour", "must be one of COLOUR_UNSPECIFIED, RED, GREEN"},
        {R"({"colour":"1"})", "/colour", "must be one of COLOUR_UNSPECIFIED, RED, GREEN"},
        {R"({"child":"x"})", "/child", "must be an object"},
        {R"({"child":[]})", "/child", "must be an object"},
        {R"({"child":{"child":{"nope":1}}})", "/child/child/nope", "is not a field here"},
        {R"({"words":"a"})", "/words", "must be a list"},
        {R"({"words":{}})", "/words", "must be a list"},
        {R"({"words":["a",1]})", "/words/1", "must be a string"},
        {R"({"words":["a",null]})", "/words/1", "must not be null"},
        {R"({"numbers":[[1]]})", "/numbers/0", "must be a whole number"},
        {R"({"children":[{},{"small":""}]})", "/children/1/small", "must be a whole number"},
        {R"({"counts":[]})", "/counts", "must be an object"},
        {R"({"counts":{"a/b~c":"x"}})", "/counts/a~1b~0c", "must be a whole number"},
        {R"({"counts":{"a":null}})", "/counts/a", "must not be null"},
        {R"({"counts":{"a":1,"a":2}})", "/counts/a", "is given twice"},
        {R"({"by_number":{"x":{}}})", "/by_number/x", "as a key must be a whole number"},
        {R"({"by_number":{"1":5}})", "/by_number/1", "must be an object"},
        {R"({"Text":"x"})", "/Text", "is not a field here"},
        {R"({"text":"a","text":"b"})", "/text", "is given twice"},
        {R"({"text":"a","te\u0078t":"b"})", "/text", "is given twice"},
        {R"({"left":"a","right":{}})", "/right", "cannot be set together with another field: only one of choice"},
        {R"({"at":"yesterday"})", "/at", R"(must be an RFC 3339 time such as "2026-01-31T12:00:00Z")"},
        {R"({"at":{"seconds":1}})", "/at", R"(must be an RFC 3339 time such as "2026-01-31T12:00:00Z")"},
        {R"({"takes":"1.5"})", "/takes", R"(must be seconds such as "1.5s")"},
        {R"({"takes":"1.0000000001s"})", "/takes", R"(must be seconds such as "1.5s")"},
        {R"({"takes":"315576000001s"})", "/takes", R"(must be seconds such as "1.5s")"},
        {R"({"mask":"a,,b"})", "/mask", "must be field names separated by commas"},
        {R"({"mask":"_Case"})", "/mask", "must be field names separated by commas"},
        {R"({"mask":"Case"})", "/mask", "must be field names separated by commas"},
        {R"({"ByNumber":{}})", "/ByNumber", "is not a field here"},
        {R"({"maybeNumber":"x"})", "/maybe_number", "must be a whole number"},
        {R"({"maybe_number":1,"maybeNumber":1})", "/maybe_number", "is given twice"},
        {"[]", "", "must be an object"},
        {"3", "", "must be an object"},
        {"\"x\"", "", "must be an object"},
        {"null", "", "must be an object"},
    };
    expect_refused(table);
}

TEST(JsonRead, a_string_that_is_no_number_of_the_field_is_told_by_its_pointer) {
    expect_refused({
        {R"({"small":"1 "})", "/small", "must be a whole number"},
        {R"({"small":" 1"})", "/small", "must be a whole number"},
        {R"({"small":"+1"})", "/small", "must be a whole number"},
        {R"({"small":"01"})", "/small", "must be a whole number"},
        {R"({"small":"0x1"})", "/small", "must be a whole number"},
        {R"({"small":"1.5"})", "/small", "must be a whole number"},
        {R"({"small":"NaN"})", "/small", "must be a whole number"},
        {R"({"small":"2147483648"})", "/small", "must be from -2147483648 to 2147483647"},
        {R"({"large":"9223372036854775808"})", "/large", "must be from -9223372036854775808 to 9223372036854775807"},
        {R"({"numbers":["1","x"]})", "/numbers/1", "must be a whole number"},
        {R"({"real":"1."})", "/real", "must be a number"},
        {R"({"real":"inf"})", "/real", "must be a number"},
        {R"({"real":"1e999"})", "/real", "is out of range"},
    });
}

TEST(JsonRead, reading_goes_on_after_a_bad_field) {
    Everything message;
    std::vector<Violation> violations;
    ASSERT_TRUE(
        parse_json(R"({"nope":{"a":[1,{"b":2}]},"small":"x","words":["a",2,"c",{}],"text":"last"})", message, violations));
    ASSERT_EQ(violations.size(), 4u);
    EXPECT_EQ(violations[0].pointer, "/nope");
    EXPECT_EQ(violations[1].pointer, "/small");
    EXPECT_EQ(violations[2].pointer, "/words/1");
    EXPECT_EQ(violations[3].pointer, "/words/3");
    EXPECT_EQ(message.text(), "last");
}

TEST(JsonRead, never_more_violations_than_anybody_reads) {
    std::string json = "{";
    for (int i = 0; i < 1000; ++i) json += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\":0";
    EXPECT_EQ(violations_of(json + "}").size(), 64u);
}

TEST(JsonRead, what_is_no_json_is_refused_with_its_position) {
    for (const std::string_view json : {"",
                                        " ",
                                        "{",
                                        "{\"text\"}",
                                        "{\"text\":}",
                                        "{\"text\":\"a\",}",
                                        "{'text':1}",
                                        "{\"text\":\"a\"} x",
                                        "{}{}",
                                        "{\"small\":01}",
                                        "{\"small\":+1}",
                                        "{\"real\":NaN}",
                                        "{\"real\":.5}",
                                        "{\"text\":\"\t\"}",
                                        "{\"text\":\"\\x\"}",
                                        "{\"text\":\"\xff\"}",
                                        "{\"text\":\"\\ud800\"}",
                                        "/**/{}",
                                        "{\"text\":\"a\"",
                                        "{text:1}",
                                        "[1,2"}) {
        Everything message;
        std::vector<Violation> violations;
        const auto parsed = parse_json(json, message, violations);
        ASSERT_FALSE(parsed) << json;
        EXPECT_EQ(parsed.error().code(), Code::invalid_argument);
        EXPECT_EQ(parsed.error().reason(), "MALFORMED_JSON") << json;
    }
    Everything message;
    std::vector<Violation> violations;
    const auto parsed = parse_json("{\n  \"text\": x\n}", message, violations);
    EXPECT_NE(parsed.error().detail().find("line 2, column 11"), std::string::npos) << parsed.error().detail();
}

TEST(JsonRead, nesting_is_bounded) {
    const auto nested = [](std::size_t depth) {
        std::string json;
        for (std::size_t i = 0; i < depth; ++i) json += i + 1 == depth ? "{" : "{\"child\":";
        return json + std::string(depth, '}');
    };
    EXPECT_TRUE(violations_of(nested(32)).empty());
    Everything message;
    std::vector<Violation> violations;
    EXPECT_EQ(parse_json(nested(33), message, violations).error().reason(), "MALFORMED_JSON");
    EXPECT_EQ(parse_json(std::string(500'000, '['), message, violations).error().reason(), "MALFORMED_JSON");
}

TEST(JsonRead, size_is_bounded) {
    Everything message;
    std::vector<Violation> violations;
    EXPECT_EQ(parse_json("{\"text\":\"aaaaaaaa\"}", message, violations, {.bytes_max = 10}).error().reason(), "BODY_TOO_LARGE");
}

TEST(JsonRead, elements_are_bounded) {
    EXPECT_TRUE(violations_of(R"({"numbers":[1,2],"counts":{"a":1}})", {.elements_max = 3}).empty());
    const auto violations = violations_of(R"({"numbers":[1,2],"counts":{"a":1,"b":2,"c":3}})", {.elements_max = 3});
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].pointer, "/counts/b");
}

TEST(JsonRead, the_last_allowed_element_is_read) {
    Everything message;
    std::vector<Violation> violations;
    ASSERT_TRUE(parse_json(R"({"numbers":[1,2],"counts":{"a":1}})", message, violations, {.elements_max = 3}));
    EXPECT_EQ(message.numbers_size(), 2);
    EXPECT_EQ(message.counts().at("a"), 1);
    Everything list;
    ASSERT_TRUE(parse_json(R"({"counts":{"a":1},"words":["b","c"]})", list, violations, {.elements_max = 3}));
    EXPECT_EQ(list.words_size(), 2);
    EXPECT_EQ(list.words(1), "c");
    EXPECT_TRUE(violations.empty());
}

TEST(JsonRead, a_body_of_the_largest_size_is_read) {
    Everything message;
    std::vector<Violation> violations;
    const std::string_view json = R"({"text":"aaaaaaaa"})";
    EXPECT_TRUE(parse_json(json, message, violations, {.bytes_max = json.size()}));
    EXPECT_EQ(message.text(), "aaaaaaaa");
    EXPECT_FALSE(parse_json(json, message, violations, {.bytes_max = json.size() - 1}));
}

TEST(JsonRead, long_strings_with_escapes_are_read_whole) {
    std::string expected;
    std::string escaped;
    for (int i = 0; i < 5000; ++i) {
        expected += "a\"b";
        escaped += "a\\\"b";
    }
    EXPECT_EQ(read("{\"text\":\"" + escaped + "\"}").text(), expected);
}

TEST(FieldPath, text_from_a_url_fills_fields_of_every_kind) {
    Everything message;
    std::vector<Violation> violations;
    for (const auto& [path, text] : std::initializer_list<std::pair<const char*, const char*>>{{"text", "a b"},
                                                                                               {"small", "-3"},
                                                                                               {"huge", "18446744073709551615"},
                                                                                               {"real", "1.5"},
                                                                                               {"flag", "true"},
                                                                                               {"colour", "GREEN"},
                                                                                               {"words", "x"},
                                                                                               {"words", "y"},
                                                                                               {"child.child.text", "deep"},
                                                                                               {"at", "2026-01-31T12:00:00Z"},
                                                                                               {"text", "a b"}}) {
        set_field_from_text(message, path, text, violations);
    }
    EXPECT_TRUE(violations.empty()) << violations.front().pointer << violations.front().detail;
    EXPECT_EQ(message.text(), "a b");
    EXPECT_EQ(message.small(), -3);
    EXPECT_EQ(message.huge(), UINT64_MAX);
    EXPECT_TRUE(message.flag());
    EXPECT_EQ(message.words_size(), 2);
    EXPECT_EQ(message.child().child().text(), "deep");
    set_field_from_text(message, "maybeNumber", "5", violations);
    EXPECT_EQ(message.maybe_number(), 5);
    set_field_from_text(message, "maybe_number", "6", violations);
    EXPECT_EQ(violations, (std::vector<Violation>{{"/maybe_number", "is given twice"}}));
}

TEST(FieldPath, text_that_does_not_fit_is_a_violation) {
    const Refused table[]{{"small", "/small", "x"},      {"small", "/small", "1 "},     {"small", "/small", ""},
                          {"small", "/small", "1.5"},    {"natural", "/natural", "-1"}, {"flag", "/flag", "yes"},
                          {"colour", "/colour", "BLUE"}, {"nope", "/nope", "1"},        {"child.nope", "/child/nope", "1"},
                          {"child", "/child", "1"},      {"text.more", "/text", "1"},   {"counts", "/counts", "1"},
                          {"text", "/text", "\xff"},     {"words.0", "/words", "1"},    {"", "/", "1"}};
    for (const auto& [path, pointer, text] : table) {
        Everything message;
        std::vector<Violation> violations;
        set_field_from_text(message, path, text, violations);
        ASSERT_EQ(violations.size(), 1u) << path;
        EXPECT_EQ(violations[0].pointer, pointer);
    }
}

TEST(FieldPath, two_different_values_for_one_field_are_a_violation) {
    Everything message;
    std::vector<Violation> violations;
    message.set_text("a");
    message.set_small(1);
    set_field_from_text(message, "text", "b", violations);
    set_field_from_text(message, "small", "2", violations);
    EXPECT_EQ(violations, (std::vector<Violation>{{"/text", "is given twice"}, {"/small", "is given twice"}}));
}

}  // namespace
}  // namespace tw::http
