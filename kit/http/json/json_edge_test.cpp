#include "kit/http/json/json_mapping_test.pb.h"
#include "kit/http/json_mapping.hpp"

#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include <climits>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

/// Tests the edges of the JSON mapping. Protobuf's own mapping is the reference wherever the two
/// are meant to agree.
namespace tw::http {
namespace {

using google::protobuf::util::MessageDifferencer;
using test::Everything;

/// Reads a document. Returns nothing if it is refused, by one violation or as a whole.
std::optional<Everything> ours(const std::string& json) {
    Everything message;
    std::vector<Violation> violations;
    if (!parse_json(json, message, violations) || !violations.empty()) return std::nullopt;
    return message;
}

std::optional<Everything> protobufs(const std::string& json) {
    Everything message;
    if (!google::protobuf::util::JsonStringToMessage(json, &message).ok()) return std::nullopt;
    return message;
}

std::string json_of(const Everything& message) {
    std::string out;
    write_json(message, out);
    return out;
}

TEST(JsonEdge, both_mappings_read_the_same) {
    for (const auto* json : {
             R"({"large":-9223372036854775808})",
             R"({"large":9223372036854775807})",
             R"({"huge":18446744073709551615})",
             R"({"small":1e2})",
             R"({"small":-0})",
             R"({"small":-0.0})",
             R"({"small":100e-2})",
             R"({"small":0e400})",
             R"({"natural":4294967295.0})",
             R"({"real":-0.0})",
             R"({"real":1.7976931348623157e308})",
             R"({"real":4.9e-324})",
             R"({"real":1e-400})",
             R"({"single":3.4028235e38})",
             R"({"single":-3.4028235e+38})",
             R"({"single":1.4e-45})",
             R"({"at":"0001-01-01T00:00:00Z"})",
             R"({"at":"9999-12-31T23:59:59.999999Z"})",
             R"({"at":"2026-01-31T12:00:00.123+01:30"})",
             R"({"at":"2024-02-29T00:00:00Z"})",
             R"({"takes":"315576000000s"})",
             R"({"takes":"-315576000000s"})",
             R"({"takes":"-0.000000001s"})",
             R"({"takes":"0s"})",
             R"({"data":"-_8="})",
             R"({"data":"-_8"})",
             R"({"data":"+/8="})",
             R"({"data":""})",
             R"({"text":"\ud83d\ude00"})",
             R"({"text":"a\u0000b"})",
             R"({"by_number":{"-2147483648":{},"2147483647":{}}})",
             R"({"small":"-2147483648","large":"-9223372036854775808","huge":"18446744073709551615"})",
             R"({"maybeNumber":"7","maybe":"","byNumber":{"1":{"maybeNumber":2}}})",
             R"({"real":"1.5e300","single":"-0.5"})",
             R"({"real":"-Infinity","single":"Infinity"})",
             R"({"colour":2,"colours":["RED",0]})",
             R"({"mask":"maybeNumber,child.text"})",
         }) {
        const auto mine = ours(json);
        const auto theirs = protobufs(json);
        ASSERT_TRUE(mine) << json;
        ASSERT_TRUE(theirs) << json;
        EXPECT_TRUE(MessageDifferencer::Equals(*mine, *theirs)) << json << "\n" << mine->ShortDebugString();
    }
}

TEST(JsonEdge, both_mappings_refuse_the_same) {
    for (const auto* json : {
             R"({"small":2147483648})",
             R"({"small":-2147483649})",
             R"({"natural":-1})",
             R"({"huge":18446744073709551616})",
             R"({"large":9223372036854775808})",
             R"({"large":1e19})",
             R"({"huge":1.8446744073709551616e19})",
             R"({"small":0.5})",
             R"({"real":1e400})",
             R"({"single":3.4028236e38})",
             R"({"at":"0000-12-31T23:59:59Z"})",
             R"({"at":"2025-02-29T00:00:00Z"})",
             R"({"at":"2026-01-31T24:00:00Z"})",
             R"({"at":"2026-01-31 12:00:00Z"})",
             R"({"at":"2026-01-31T12:00:00"})",
             R"({"at":"2026-01-31T12:00:00.Z"})",
             R"({"takes":"315576000001s"})",
             R"({"takes":"1.5"})",
             R"({"takes":"s"})",
             R"({"takes":"1e3s"})",
             R"({"data":"?"})",
             R"({"data":"A"})",
             R"({"text":"\ud800"})",
             R"({"text":"\udc00\ud800"})",
             R"({"by_number":{"2147483648":{}}})",
             R"({"by_number":{"":{}}})",
             R"({"by_number":{"1.5":{}}})",
             R"({"counts":{"a":1,"a":1}})",
             R"({"left":"a","right":{}})",
             R"({"large":NaN})",
             R"({"real":.5})",
             R"({"small":01})",
             R"({"small":+1})",
             R"({"small":"2147483648"})",
             R"({"natural":"-1"})",
             R"({"small":"1.5"})",
             R"({"small":""})",
             R"({"real":"1e400"})",
             R"({"maybeNumber":1,"maybe_number":1})",
         }) {
        EXPECT_FALSE(ours(json)) << json;
        EXPECT_FALSE(protobufs(json)) << json;
    }
}

TEST(JsonEdge, what_protobufs_mapping_takes_for_something_else_is_refused) {
    for (const auto* json : {R"({"large":-9223372036854775809})", R"({"at":"0001-01-01T00:00:00+00:01"})",
                             R"({"at":"9999-12-31T23:59:59-00:01"})"}) {
        EXPECT_FALSE(ours(json)) << json;
    }
}

TEST(JsonEdge, a_whole_number_is_read_exactly_or_not_at_all) {
    EXPECT_EQ(ours(R"({"large":9007199254740993.0})").value().large(), 9'007'199'254'740'993);
    EXPECT_EQ(ours(R"({"large":-9.223372036854775808e18})").value().large(), INT64_MIN);
    EXPECT_EQ(ours(R"({"huge":1.8446744073709551615e19})").value().huge(), UINT64_MAX);
    EXPECT_EQ(ours(R"({"large":120000e-4})").value().large(), 12);
    // A double would round each of these numbers to a whole one.
    for (const auto* json : {R"({"large":4503599627370497.5})", R"({"small":1.00000000000000000001})",
                             R"({"small":0.99999999999999999999})", R"({"small":1e-400})", R"({"large":-1e-1})"}) {
        EXPECT_FALSE(ours(json)) << json;
    }
}

TEST(JsonEdge, a_maps_key_has_one_spelling) {
    for (const auto* json :
         {R"({"by_number":{"1":{},"01":{}}})", R"({"by_number":{"0":{},"-0":{}}})", R"({"by_number":{"007":{}}})",
          R"({"by_number":{"-01":{}}})", R"({"by_number":{" 1":{}}})", R"({"by_number":{"+1":{}}})"}) {
        EXPECT_FALSE(ours(json)) << json;
    }
    EXPECT_EQ(ours(R"({"by_number":{"0":{},"10":{},"-10":{}}})").value().by_number_size(), 3);
}

TEST(JsonEdge, the_greatest_of_each_kind_reads_back_as_itself) {
    for (const float single : {FLT_MAX, -FLT_MAX, FLT_MIN, FLT_TRUE_MIN, 0.0f, -0.0f}) {
        Everything message;
        message.set_single(single);
        message.set_real(static_cast<double>(single));
        const auto again = ours(json_of(message));
        ASSERT_TRUE(again) << single;
        EXPECT_EQ(again->single(), single);
        EXPECT_EQ(std::signbit(again->single()), std::signbit(single)) << single;
        EXPECT_EQ(std::signbit(again->real()), std::signbit(single)) << single;
    }
    for (const double real : {DBL_MAX, -DBL_MAX, DBL_MIN, DBL_TRUE_MIN}) {
        Everything message;
        message.set_real(real);
        EXPECT_EQ(ours(json_of(message)).value().real(), real);
    }
}

/// No correct service sends these values. They are written as the nearest valid text, and no
/// arithmetic overflows.
TEST(JsonEdge, times_that_have_no_text_are_written_as_the_nearest) {
    struct Row {
        std::int64_t seconds;
        std::int32_t nanos;
        const char* takes;
        const char* at;
    };
    for (const auto& row :
         {Row{INT64_MIN, INT32_MIN, "-315576000000.147483648s", "0001-01-01T00:00:00.000000Z"},
          Row{INT64_MAX, INT32_MAX, "315576000000.147483647s", "9999-12-31T23:59:59.999999Z"},
          Row{1, -1, "0.999999999s", "1970-01-01T00:00:01.000000Z"}, Row{-1, 1, "-0.999999999s", "1969-12-31T23:59:59.000000Z"},
          Row{0, 1'500'000'000, "1.5s", "1970-01-01T00:00:00.999999Z"}}) {
        Everything message;
        message.mutable_takes()->set_seconds(row.seconds);
        message.mutable_takes()->set_nanos(row.nanos);
        message.mutable_at()->set_seconds(row.seconds);
        message.mutable_at()->set_nanos(row.nanos);
        const auto json = json_of(message);
        EXPECT_NE(json.find(std::string{"\"takes\":\""} + row.takes + '"'), std::string::npos) << json;
        EXPECT_NE(json.find(std::string{"\"at\":\""} + row.at + '"'), std::string::npos) << json;
    }
}

TEST(JsonEdge, what_a_client_made_up_is_not_echoed_at_length) {
    std::string json = R"({"counts":{")" + std::string(100'000, 'k') + R"(":"x"},")" + std::string(100'000, 'f') + R"(":1})";
    Everything message;
    std::vector<Violation> violations;
    ASSERT_TRUE(parse_json(json, message, violations));
    ASSERT_EQ(violations.size(), 2u);
    for (const auto& violation : violations) EXPECT_LT(violation.pointer.size(), 1000u);
    EXPECT_TRUE(violations[0].pointer.starts_with("/counts/kkk"));
}

}  // namespace
}  // namespace tw::http
