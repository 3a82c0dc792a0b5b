#include "codegen/tests/generate.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::codegen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kHead = "syntax = \"proto3\";\npackage bad;\nimport \"tradewind/options.proto\";\n";
const std::string kMessages =
    "message Ask { string id = 1; int32 count = 2; repeated string names = 3; Part part = 4; }\n"
    "message Part { string text = 1; }\nmessage Answer {}\n";
const std::string kPolicy = "allow: PUBLIC idempotency: SAFE deadline: {seconds: 1}";

std::string service(const std::string& options, const std::string& request = "Ask", const std::string& answer = "Answer") {
    return kHead + "service Desk {\n  rpc Reply(" + request + ") returns (" + answer + ") {" + options + "}\n}\n" + kMessages;
}
std::string with_policy(const std::string& policy) { return service(" option (tradewind.method) = {" + policy + "}; "); }
std::string with_http(const std::string& http) { return with_policy("http: {" + http + "} " + kPolicy); }
std::string with_field(const std::string& field) {
    return kHead + "message Ask {\n  " + field + "\n}\n" + "enum Colour { NONE = 0; RED = 1; }";
}

TEST(Refusal, a_sound_contract_passes) { EXPECT_THAT(error_of(with_http("post: \"/desk\" body: \"*\"")), IsEmpty()); }

TEST(Refusal, a_method_without_policy_is_named_with_file_and_line) {
    EXPECT_THAT(error_of(service("")), StartsWith("bad.proto:5: bad.Desk.Reply: has no policy"));
}

TEST(Refusal, a_policy_without_caller_is_refused) {
    EXPECT_THAT(error_of(with_policy("idempotency: SAFE deadline: {seconds: 1}")),
                HasSubstr("bad.Desk.Reply: its policy says nobody may call it"));
}

TEST(Refusal, an_unspecified_caller_is_refused) {
    EXPECT_THAT(error_of(with_policy("allow: CALLER_UNSPECIFIED idempotency: SAFE deadline: {seconds: 1}")),
                HasSubstr("a caller that does not exist"));
}

TEST(Refusal, a_policy_without_idempotency_is_refused) {
    EXPECT_THAT(error_of(with_policy("allow: PUBLIC deadline: {seconds: 1}")),
                HasSubstr("bad.Desk.Reply: its policy does not say what a repeated call does"));
}

TEST(Refusal, a_policy_without_deadline_is_refused) {
    EXPECT_THAT(error_of(with_policy("allow: PUBLIC idempotency: SAFE")),
                HasSubstr("bad.Desk.Reply: its policy has no deadline"));
}

TEST(Refusal, a_deadline_of_zero_or_less_is_refused) {
    EXPECT_THAT(error_of(with_policy("allow: PUBLIC idempotency: SAFE deadline: {}")), HasSubstr("has no deadline"));
    EXPECT_THAT(error_of(with_policy("allow: PUBLIC idempotency: SAFE deadline: {seconds: -1}")), HasSubstr("has no deadline"));
}

TEST(Refusal, all_problems_of_a_run_are_told_at_once) {
    EXPECT_THAT(error_of(with_policy("")),
                AllOf(HasSubstr("nobody may call"), HasSubstr("repeated call"), HasSubstr("no deadline")));
}

TEST(Refusal, a_documented_status_that_is_no_error_is_refused) {
    EXPECT_THAT(error_of(with_policy(kPolicy + " errors: 200")), HasSubstr("`errors` names 200"));
}

TEST(Refusal, a_route_for_services_alone_is_refused) {
    const auto policy = "http: {get: \"/desk/{id}\"} allow: SERVICE idempotency: SAFE deadline: {seconds: 1}";
    EXPECT_THAT(error_of(with_policy(policy)), HasSubstr("so it has no HTTP route"));
}

TEST(Refusal, a_route_without_verb_is_refused) { EXPECT_THAT(error_of(with_http("")), HasSubstr("its `http` has no route")); }

TEST(Refusal, a_route_that_does_not_start_at_the_root_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"desk\" body: \"*\"")),
                HasSubstr("bad.Desk.Reply: its route \"desk\" does not start with \"/\""));
}

TEST(Refusal, a_segment_that_is_neither_name_nor_variable_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"/desk/x{id}\" body: \"*\"")), HasSubstr("the segment \"x{id}\""));
    EXPECT_THAT(error_of(with_http("post: \"/desk/\" body: \"*\"")), HasSubstr("the segment \"\""));
    EXPECT_THAT(error_of(with_http("post: \"/desk//x\" body: \"*\"")), HasSubstr("the segment \"\""));
}

TEST(Refusal, a_path_variable_that_is_no_field_is_refused) {
    EXPECT_THAT(
        error_of(with_http("post: \"/desk/{desk}\" body: \"*\"")),
        HasSubstr("bad.Desk.Reply: its path /desk/{desk} has the variable {desk}, but bad.Ask has no field of that name"));
}

TEST(Refusal, a_path_variable_that_is_no_single_string_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"/desk/{count}\" body: \"*\"")),
                HasSubstr("{count} names a field that is no single string"));
    EXPECT_THAT(error_of(with_http("post: \"/desk/{names}\" body: \"*\"")),
                HasSubstr("{names} names a field that is no single string"));
}

TEST(Refusal, a_path_variable_that_comes_twice_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"/desk/{id}/{id}\" body: \"*\"")), HasSubstr("has the variable {id} twice"));
}

TEST(Refusal, a_body_that_names_no_field_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"/desk\" body: \"letter\"")),
                HasSubstr("bad.Desk.Reply: its `body` \"letter\" names no field of bad.Ask"));
}

TEST(Refusal, a_field_that_a_body_field_leaves_unreachable_is_refused) {
    EXPECT_THAT(error_of(with_http("post: \"/desk/{id}\" body: \"part\"")), HasSubstr("can set the field count"));
}

TEST(Refusal, a_body_of_get_or_delete_is_refused) {
    EXPECT_THAT(error_of(with_http("get: \"/desk\" body: \"*\"")), HasSubstr("bad.Desk.Reply: a GET has no body"));
    EXPECT_THAT(error_of(with_http("delete: \"/desk\" body: \"*\"")), HasSubstr("bad.Desk.Reply: a DELETE has no body"));
}

TEST(Refusal, a_get_with_an_effect_is_refused) {
    const auto policy = "http: {get: \"/desk\"} allow: PUBLIC idempotency: NONE deadline: {seconds: 1}";
    EXPECT_THAT(error_of(with_policy(policy)), HasSubstr("a GET has no effect"));
}

TEST(Refusal, a_message_as_query_parameter_is_refused) {
    EXPECT_THAT(error_of(with_http("get: \"/desk\"")), HasSubstr("the field part is a message and cannot be a query parameter"));
}

TEST(Refusal, a_stream_of_requests_over_http_is_refused) {
    const auto options = " option (tradewind.method) = {http: {post: \"/desk\" body: \"*\"} " + kPolicy + "}; ";
    EXPECT_THAT(error_of(service(options, "stream Ask")), HasSubstr("takes a stream of requests"));
}

TEST(Refusal, a_stream_of_answers_by_another_verb_than_get_is_refused) {
    const auto options = " option (tradewind.method) = {http: {post: \"/desk\" body: \"*\"} " + kPolicy + "}; ";
    EXPECT_THAT(error_of(service(options, "Ask", "stream Answer")), HasSubstr("streams its answers"));
}

TEST(Refusal, methods_that_have_one_name_in_cpp_are_refused) {
    const auto method = [](const std::string& name) {
        return "  rpc " + name + "(Answer) returns (Answer) { option (tradewind.method) = {" + kPolicy + "}; }\n";
    };
    EXPECT_THAT(error_of(kHead + "service Desk {\n" + method("GetUrl") + method("GetURL") + "}\n" + kMessages),
                HasSubstr("bad.Desk.GetURL: is called get_url() in C++, and so is GetUrl"));
}

std::string routed(const std::string& package, const std::string& route) {
    return "syntax = \"proto3\"; package " + package +
           "; import \"tradewind/options.proto\"; message Ask { string a = 1; string b = 2; }\n" +
           "service Desk { rpc Reply(Ask) returns (Ask) { option (tradewind.method) = {http: {" + route + "} " + kPolicy +
           "}; } }";
}

TEST(Refusal, equal_routes_in_two_files_are_refused) {
    const auto error = generate({{"one.proto", routed("one", "get: \"/x\"")}, {"two.proto", routed("two", "get: \"/x\"")}}).error;
    EXPECT_THAT(error, HasSubstr("two.proto:2: two.Desk.Reply: its route GET /x is already that of one.Desk.Reply (one.proto)"));
}

TEST(Refusal, routes_that_differ_in_a_variables_name_alone_are_refused) {
    const auto error =
        generate({{"one.proto", routed("one", "get: \"/x/{a}/y\"")}, {"two.proto", routed("two", "get: \"/x/{b}/y\"")}}).error;
    EXPECT_THAT(error, HasSubstr("two.Desk.Reply: its route GET /x/{b}/y is already that of one.Desk.Reply"));
}

TEST(Refusal, one_path_under_two_verbs_is_fine) {
    EXPECT_THAT(
        generate({{"one.proto", routed("one", "get: \"/x\"")}, {"two.proto", routed("two", "post: \"/x\" body: \"*\"")}}).error,
        IsEmpty());
}

TEST(Refusal, a_field_rule_that_does_not_fit_its_type_is_refused) {
    EXPECT_THAT(error_of(with_field("int32 n = 1 [(tradewind.field).max_length = 3];")),
                StartsWith("bad.proto:5: bad.Ask.n: min_length and max_length are for strings"));
    EXPECT_THAT(error_of(with_field("string s = 1 [(tradewind.field).min = 3];")),
                HasSubstr("bad.Ask.s: min and max are for integers"));
    EXPECT_THAT(error_of(with_field("double d = 1 [(tradewind.field).max = 3];")), HasSubstr("min and max are for integers"));
    EXPECT_THAT(error_of(with_field("int32 n = 1 [(tradewind.field).format = UUID];")), HasSubstr("format is for strings"));
    EXPECT_THAT(error_of(with_field("string s = 1 [(tradewind.field).max_items = 3];")), HasSubstr("max_items is for repeated"));
    EXPECT_THAT(error_of(with_field("bool b = 1 [(tradewind.field).required = true];")), HasSubstr("required is not for bool"));
    EXPECT_THAT(error_of(with_field("optional Ask a = 1 [(tradewind.field).required = true];")),
                HasSubstr("both optional and required"));
    EXPECT_THAT(error_of(with_field("map<string, string> m = 1 [(tradewind.field).max_length = 3];")),
                HasSubstr("a map has no rules but"));
}

TEST(Refusal, bounds_that_nothing_can_meet_are_refused) {
    EXPECT_THAT(error_of(with_field("string s = 1 [(tradewind.field) = {min_length: 4, max_length: 3}];")),
                HasSubstr("min_length is above"));
    EXPECT_THAT(error_of(with_field("int32 n = 1 [(tradewind.field) = {min: 4, max: 3}];")), HasSubstr("min is above max"));
}

TEST(Refusal, an_example_that_is_no_value_of_its_type_is_refused) {
    EXPECT_THAT(error_of(with_field("int32 n = 1 [(tradewind.field).example = \"many\"];")), HasSubstr("its example \"many\""));
    EXPECT_THAT(error_of(with_field("Colour c = 1 [(tradewind.field).example = \"BLUE\"];")), HasSubstr("its example \"BLUE\""));
    EXPECT_THAT(error_of(with_field("Colour c = 1 [(tradewind.field).example = \"RED\"];")), IsEmpty());
}

TEST(Refusal, an_unknown_parameter_is_refused) {
    EXPECT_THAT(generate({{"a.proto", kHead}}, "openapy").error, HasSubstr("unknown parameter \"openapy\""));
}

TEST(Generation, a_file_without_services_gives_no_code) {
    EXPECT_THAT(generate({{"a.proto", kHead + kMessages}}).files, IsEmpty());
}

TEST(Generation, a_contract_without_package_is_in_no_namespace) {
    const auto text =
        "syntax = \"proto3\"; import \"tradewind/options.proto\"; message Ask {}\nservice Desk { rpc Reply(Ask) returns (Ask) "
        "{ option (tradewind.method) = {" +
        kPolicy + "}; } }";
    const auto generated = generate({{"shop/desk.proto", text}});
    ASSERT_THAT(generated.error, IsEmpty());
    EXPECT_THAT(generated.files.at("shop/desk.tw.hpp"),
                AllOf(HasSubstr("#include \"shop/desk.pb.h\""), Not(HasSubstr("\nnamespace"))));
}

TEST(Refusal, a_choice_of_values_fits_its_field) {
    EXPECT_THAT(error_of(with_field("int32 a = 1 [(tradewind.field).one_of = \"x\"];")),
                HasSubstr("one_of and pattern are for strings"));
    EXPECT_THAT(error_of(with_field("bytes a = 1 [(tradewind.field).pattern = \"x\"];")),
                HasSubstr("one_of and pattern are for strings"));
    EXPECT_THAT(error_of(with_field("string a = 1 [(tradewind.field).one_of = \"x, y\"];")),
                HasSubstr("is empty or has a comma"));
    EXPECT_THAT(error_of(with_field("string a = 1 [(tradewind.field) = {one_of: \"x\" example: \"y\"}];")),
                HasSubstr("is none of one_of"));
}

TEST(Refusal, a_pattern_that_the_contract_does_not_leave_to_the_service_is_refused) {
    EXPECT_THAT(error_of(with_field("string a = 1 [(tradewind.field).pattern = \"^x$\"];")),
                HasSubstr("bad.Ask.a: a pattern is checked by the service alone, so its field is `stated_only`"));
    EXPECT_THAT(error_of(with_field("string a = 1 [(tradewind.field) = {pattern: \"^x$\" stated_only: true}];")), IsEmpty());
}

TEST(Refusal, only_a_message_beside_a_version_is_unversioned) {
    for (const auto* field : {"string a = 1 [(tradewind.field).unversioned = true]; int64 version = 2;",
                              "Ask a = 1 [(tradewind.field).unversioned = true];",
                              "repeated Ask a = 1 [(tradewind.field).unversioned = true]; int64 version = 2;"}) {
        EXPECT_THAT(error_of(with_field(field)), HasSubstr("unversioned is for a single message beside a field `version`"))
            << field;
    }
}

TEST(Refusal, sets_of_fields_name_fields_and_leave_a_choice) {
    EXPECT_THAT(
        error_of(with_field("option (tradewind.message) = {either: {fields: \"a\"} either: {fields: \"b\"}}; string a = 1;")),
        HasSubstr("names b, which is no field of it"));
    EXPECT_THAT(error_of(with_field("option (tradewind.message) = {either: {fields: \"a\"}}; string a = 1;")),
                HasSubstr("has one set, which is no choice"));
}

std::string answering(const std::string& field, const std::string& caller = "PUBLIC") {
    return kHead + "service Desk {\n  rpc Reply(Ask) returns (Answer) { option (tradewind.method) = {allow: " + caller +
           " idempotency: SAFE deadline: {seconds: 1}}; }\n}\nmessage Ask { string own = 1 [(tradewind.field).personal = true]; "
           "}\n"
           "message Answer { repeated Part parts = 1; }\nmessage Part { string text = 1 " +
           field + "; }\n";
}

TEST(Refusal, a_personal_field_of_an_answer_says_who_sees_it) {
    EXPECT_THAT(error_of(answering("[(tradewind.field).personal = true]")),
                HasSubstr("bad.Part.text: is personal and in an answer, so it says who sees it"));
    EXPECT_THAT(error_of(answering("[(tradewind.field) = {personal: true visible_to: OWNER}]")), IsEmpty());
}

TEST(Refusal, a_field_is_visible_to_callers_that_exist_and_are_known) {
    EXPECT_THAT(error_of(answering("[(tradewind.field).visible_to = CALLER_UNSPECIFIED]")),
                HasSubstr("bad.Part.text: `visible_to` names a caller that does not exist"));
    EXPECT_THAT(error_of(answering("[(tradewind.field).visible_to = PUBLIC]")), HasSubstr("hides nothing"));
}

TEST(Refusal, telemetry_gets_single_strings_that_are_no_personal_data) {
    constexpr auto kRefused = "bad.Part.text: telemetry is for single strings that are no personal data";
    EXPECT_THAT(error_of(answering("[(tradewind.field) = {telemetry: \"a.id\" personal: true visible_to: OWNER}]")),
                HasSubstr(kRefused));
    EXPECT_THAT(error_of(answering("[(tradewind.field).telemetry = \"a.id\"]")), IsEmpty());
}

}  // namespace
}  // namespace tw::codegen
