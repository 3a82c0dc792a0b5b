#include "sample.tw.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::codegen {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class OpenApi : public testing::Test {
 protected:
    /// Returns the value at the pointer as compact JSON, or "-" if there is none.
    std::string at(std::string_view pointer) const {
        boost::system::error_code fault;
        const auto* found = document_.find_pointer(pointer, fault);
        return found ? json::serialize(*found) : "-";
    }
    std::string schema(std::string_view rest) const { return at("/components/schemas/" + std::string{rest}); }

    static std::string text() {
        std::ifstream file{TW_SAMPLE_DOCUMENT};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    const json::value document_ = json::parse(text());
};

TEST_F(OpenApi, is_version_3_1_and_names_the_product) {
    EXPECT_EQ(at("/openapi"), R"("3.1.0")");
    EXPECT_EQ(at("/info/title"), R"("Parcels  and more")");
}

TEST_F(OpenApi, of_a_service_is_that_of_the_run_without_title_and_version) {
    auto run = document_.as_object();
    run["info"].as_object().erase("title");
    run["info"].as_object().erase("version");
    EXPECT_EQ(json::parse(sample::parcel_service_routes().openapi), run);
}

TEST_F(OpenApi, lists_the_routes_and_only_these) {
    const auto& paths = document_.at("paths").as_object();
    std::vector<std::string> names;
    for (const auto& path : paths) names.emplace_back(path.key());
    EXPECT_THAT(names, ElementsAre("/parcels", "/depots/{depot}/parcels", "/parcels/{id}", "/parcels/{id}/label",
                                   "/parcels/{id}/events"));
}

TEST_F(OpenApi, describes_an_operation) {
    EXPECT_EQ(at("/paths/~1parcels/post/operationId"), R"("ParcelService_SendParcel")");
    EXPECT_EQ(at("/paths/~1parcels/post/summary"), R"("Send a parcel")");
    EXPECT_EQ(at("/paths/~1parcels/post/description"), R"("Sends a parcel.")");
    EXPECT_EQ(at("/paths/~1parcels/post/requestBody/content/application~1json/schema"),
              R"({"$ref":"#/components/schemas/sample.SendParcelRequest"})");
    EXPECT_EQ(at("/paths/~1parcels/post/responses/200/content/application~1json/schema"),
              R"({"$ref":"#/components/schemas/sample.Parcel"})");
    EXPECT_EQ(at("/paths/~1parcels/post/parameters"), R"([{"$ref":"#/components/parameters/IdempotencyKey"}])");
}

TEST_F(OpenApi, says_what_is_not_enforced_yet) {
    const auto description = at("/info/description");
    EXPECT_THAT(description, HasSubstr("needs an access token"));
}

TEST_F(OpenApi, offers_an_idempotency_key_where_the_contract_says_keyed) {
    const auto keyed = json::serialize(document_.at_pointer("/paths/~1parcels/post"));
    EXPECT_THAT(keyed, HasSubstr("#/components/parameters/IdempotencyKey"));
    EXPECT_THAT(keyed, HasSubstr("#/components/headers/Idempotent-Replayed"));
    for (const auto* status : {"409", "422"}) EXPECT_THAT(keyed, HasSubstr("\"" + std::string{status} + "\""));
    for (const auto& [path, operations] : document_.at("paths").as_object()) {
        const auto* const get = operations.as_object().if_contains("get");
        if (get == nullptr) continue;
        EXPECT_THAT(json::serialize(*get), Not(HasSubstr("dempoten"))) << path;
    }
}

TEST_F(OpenApi, says_which_operations_need_an_access_token) {
    EXPECT_EQ(at("/security"), "-");
    EXPECT_EQ(at("/components/securitySchemes/AccessToken/scheme"), R"("bearer")");
    std::size_t with = 0;
    for (const auto& path : document_.at("paths").as_object()) {
        for (const auto& operation : path.value().as_object()) {
            const auto& described = operation.value().as_object();
            EXPECT_TRUE(described.at("responses").as_object().contains("401"));
            EXPECT_EQ(described.contains("security"), described.at("responses").as_object().contains("403"));
            with += described.contains("security") ? 1 : 0;
        }
    }
    EXPECT_GT(with, 0U);
    EXPECT_EQ(at("/components/responses/Forbidden/description"), R"("The access token does not permit this")");
}

TEST_F(OpenApi, states_the_form_of_a_string) {
    const std::string properties = "sample.SendParcelRequest/properties/";
    EXPECT_EQ(schema(properties + "email/pattern"), R"("^[^@\\u0000- \\u007f]+@[^@\\u0000- \\u007f]+$")");
    EXPECT_EQ(schema("sample.SendParcelRequest.Item/properties/sku"),
              R"({"type":"string","pattern":"^[a-z0-9]+(-[a-z0-9]+)*$","minLength":1})");
    EXPECT_EQ(schema(properties + "reference/anyOf/0"), R"({"type":"string","format":"uuid"})");
    EXPECT_EQ(schema(properties + "day"), R"({"type":["string","null"],"format":"date-time"})");
}

TEST_F(OpenApi, lists_the_common_errors_and_those_of_the_policy) {
    std::vector<std::string> statuses;
    for (const auto& response : document_.at_pointer("/paths/~1parcels/post/responses").as_object())
        statuses.emplace_back(response.key());
    EXPECT_THAT(statuses, ElementsAre("200", "400", "401", "403", "408", "409", "412", "413", "414", "415", "417", "418", "422",
                                      "429", "431", "500", "501", "503", "504"));
    const auto& read = document_.at_pointer("/paths/~1depots~1{depot}~1parcels/get/responses").as_object();
    EXPECT_TRUE(read.contains("304") && read.contains("404") && !read.contains("415"));
    EXPECT_EQ(at("/components/responses/Conflict/content"),
              R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})");
}

TEST_F(OpenApi, has_path_and_query_parameters) {
    const auto base = std::string{"/paths/~1depots~1{depot}~1parcels/get"};
    EXPECT_EQ(at(base + "/parameters/0"),
              R"({"name":"depot","in":"path","required":true,"schema":{"type":"string","pattern":"^[^\\u0000]*$"}})");
    EXPECT_EQ(at(base + "/parameters/1"),
              R"({"name":"page_size","in":"query","schema":{"type":"integer","format":"int32","minimum":0,"maximum":50}})");
    EXPECT_EQ(at(base + "/parameters/2/schema"),
              R"({"type":"array","items":{"type":"string","enum":["SPEED_UNSPECIFIED","SLOW","FAST"]}})");
    EXPECT_EQ(
        at(base + "/parameters/3"),
        R"({"name":"query","in":"query","required":true,"description":"what to look for","schema":{"type":"string","minLength":1,"pattern":"^[^\\u0000]*$"}})");
    EXPECT_EQ(at(base + "/requestBody"), "-");
}

TEST_F(OpenApi, leaves_what_comes_in_the_path_out_of_the_body) {
    EXPECT_EQ(at("/paths/~1parcels~1{id}/patch/requestBody/content/application~1json/schema"),
              R"({"$ref":"#/components/schemas/sample.UpdateParcelRequest.Body"})");
    EXPECT_EQ(schema("sample.UpdateParcelRequest.Body/properties/id"), "-");
    EXPECT_EQ(schema("sample.UpdateParcelRequest.Body/required"), R"(["reason","span"])");
    EXPECT_EQ(at("/paths/~1parcels~1{id}~1label/put/requestBody/content/application~1json/schema"),
              R"({"$ref":"#/components/schemas/sample.parts.Size.Request"})");
}

TEST_F(OpenApi, carries_the_field_rules) {
    const std::string properties = "sample.SendParcelRequest/properties/";
    EXPECT_EQ(schema(properties + "email"),
              R"({"type":"string","minLength":1,"maxLength":20,"pattern":"^[^@\\u0000- \\u007f]+@[^@\\u0000- \\u007f]+$",)"
              R"("examples":["ann@example.com"]})");
    EXPECT_EQ(
        schema(properties + "items"),
        R"({"type":"array","items":{"$ref":"#/components/schemas/sample.SendParcelRequest.Item"},"minItems":1,"maxItems":3,"description":"What is in it."})");
    EXPECT_EQ(schema(properties + "speed"), R"({"type":"string","enum":["SLOW","FAST"]})");
    EXPECT_EQ(schema(properties + "price"),
              R"({"type":["integer","string","null"],"minimum":0,"maximum":1000,"pattern":"^(0|[1-9][0-9]{0,2})$"})");
    EXPECT_EQ(schema(properties + "tags"),
              R"({"type":["array","null"],"items":{"type":"string","maxLength":4,"pattern":"^[^\\u0000]*$"},"maxItems":2})");
    EXPECT_EQ(schema(properties + "spare_sizes"),
              R"({"type":["object","null"],"additionalProperties":{"$ref":"#/components/schemas/sample.parts.Size.Request"}})");
    EXPECT_EQ(schema(properties + "stamp"), R"({"type":["string","null"],"contentEncoding":"base64"})");
    EXPECT_EQ(
        schema("sample.SendParcelRequest.Item/properties/quantity"),
        R"({"type":["integer","string"],"format":"int32","minimum":1,"maximum":10000,"pattern":"^[1-9][0-9]{0,3}$","examples":[3]})");
    EXPECT_EQ(schema("sample.SendParcelRequest/required"), R"(["email","items","size","speed","distance"])");
}

TEST_F(OpenApi, lets_answers_grow_and_requests_not) {
    EXPECT_EQ(schema("sample.SendParcelRequest/additionalProperties"), "false");
    EXPECT_EQ(schema("sample.SendParcelRequest.Item/additionalProperties"), "false");
    EXPECT_EQ(schema("sample.Parcel/additionalProperties"), "-");
    EXPECT_EQ(schema("sample.Parcel/properties/weight_grams"), R"({"type":"integer","format":"int64"})");
}

TEST_F(OpenApi, says_what_an_answer_always_has) {
    EXPECT_EQ(schema("sample.Parcel/required"), R"(["id","weight_grams","state","version","inside","tagged"])");
    EXPECT_EQ(schema("sample.Parcel/properties/state"), R"({"type":"string","enum":["sent","lost"]})");
    EXPECT_EQ(schema("Problem/required"), R"(["type","title","status","detail","code","retryable"])");
}

TEST_F(OpenApi, tells_what_empty_and_null_mean_in_requests) {
    const std::string body = "sample.UpdateParcelRequest.Body/properties/";
    EXPECT_EQ(schema(body + "state"), R"({"type":["string","null"],"enum":["sent","lost","",null]})");
    EXPECT_EQ(schema(body + "reason"), R"({"type":"string","minLength":1,"maxLength":9,"pattern":"^[^\\u0000]*$"})");
    EXPECT_EQ(schema(body + "token"),
              R"({"anyOf":[{"type":"string","pattern":"^1[a-f]+$"},{"type":"string","maxLength":0},{"type":"null"}]})");
    EXPECT_EQ(schema(body + "span"), R"({"type":["integer","string"],"format":"int64","minimum":-1000,"maximum":1000,)"
                                     R"("pattern":"^-?[1-9][0-9]{0,2}$","not":{"const":0}})");
    EXPECT_EQ(schema(body + "high"),
              R"({"anyOf":[{"type":"integer","format":"int32","minimum":18,"maximum":99},{"enum":[0]},{"type":"null"}]})");
    EXPECT_EQ(schema(body + "quantity"),
              R"({"type":["integer","string","null"],"format":"int32","minimum":1,"maximum":2147483647,)"
              R"("pattern":"^[1-9][0-9]{0,8}$"})");
}

TEST_F(OpenApi, lists_the_currencies_that_requests_may_name) {
    const auto values = schema("sample.SendParcelRequest/properties/currency/enum");
    for (const auto* code : {"\"EUR\"", "\"JPY\"", "\"USD\""}) EXPECT_NE(values.find(code), std::string::npos) << code;
    EXPECT_EQ(values.find("ZZZ"), std::string::npos);
    EXPECT_TRUE(values.ends_with("\"\",null]")) << "it may be left out: " << values;
}

TEST_F(OpenApi, takes_null_in_a_merge_patch_only_where_a_value_can_be_removed) {
    EXPECT_EQ(at("/paths/~1parcels~1{id}/patch/requestBody/content/application~1merge-patch+json/schema"),
              R"({"$ref":"#/components/schemas/sample.UpdateParcelRequest.MergePatch"})");
    const std::string body = "sample.UpdateParcelRequest.MergePatch/properties/";
    EXPECT_EQ(schema(body + "memo/type"), R"(["string","null"])");
    EXPECT_EQ(schema(body + "note/type"), R"("string")") << "it may not be empty";
    EXPECT_EQ(schema(body + "quantity/type"), R"(["integer","string"])");
    EXPECT_EQ(schema(body + "labels/type"), R"("array")");
    EXPECT_EQ(at("/paths/~1parcels/post/requestBody/content/application~1merge-patch+json"), "-");
}

TEST_F(OpenApi, says_of_which_fields_a_request_has_one_set) {
    EXPECT_EQ(
        schema("sample.UpdateParcelRequest.Body/oneOf"),
        R"([{"required":["note","quantity"],"properties":{"note":{"type":"string","minLength":1},"quantity":{"not":{"enum":[0,null]}},)"
        R"("labels":{"maxItems":0}}},{"required":["labels"],"properties":{"labels":{"type":"array","minItems":1},"note":{"maxLength":0},)"
        R"("quantity":{"enum":[0,null]}}}])");
}

TEST_F(OpenApi, names_conditions_tags_and_waiting_times) {
    EXPECT_EQ(at("/paths/~1parcels~1{id}/patch/parameters/1"), R"({"$ref":"#/components/parameters/IfMatch"})");
    EXPECT_EQ(at("/components/parameters/IfMatch/name"), R"("If-Match")");
    EXPECT_EQ(at("/paths/~1depots~1{depot}~1parcels/get/parameters/4"), R"({"$ref":"#/components/parameters/IfNoneMatch"})");
    EXPECT_EQ(at("/paths/~1parcels/post/responses/200/headers/ETag"), R"({"$ref":"#/components/headers/ETag"})");
    EXPECT_EQ(at("/paths/~1depots~1{depot}~1parcels/get/responses/304/headers/ETag"), R"({"$ref":"#/components/headers/ETag"})");
    for (const auto* name : {"TooManyRequests", "ServiceUnavailable"}) {
        EXPECT_EQ(at("/components/responses/" + std::string{name} + "/headers/Retry-After"),
                  R"({"$ref":"#/components/headers/Retry-After"})");
    }
    EXPECT_EQ(at("/components/responses/TooManyRequests/headers/RateLimit"), R"({"$ref":"#/components/headers/RateLimit"})");
    EXPECT_EQ(at("/components/responses/UnsupportedMediaType/headers/Accept"), R"({"$ref":"#/components/headers/Accept"})");
}

TEST_F(OpenApi, demands_a_body_only_where_something_in_it_is_demanded) {
    EXPECT_EQ(at("/paths/~1parcels/post/requestBody/required"), "true");
    EXPECT_EQ(at("/paths/~1parcels~1{id}~1label/put/requestBody/required"), "false");
}

TEST_F(OpenApi, describes_a_stream_as_server_sent_events) {
    EXPECT_EQ(at("/paths/~1parcels~1{id}~1events/get/responses/200/content/text~1event-stream/schema"),
              R"({"$ref":"#/components/schemas/sample.Parcel"})");
}

TEST_F(OpenApi, describes_how_a_stream_is_continued_and_how_it_ends) {
    const std::string events = "/paths/~1parcels~1{id}~1events/get";
    EXPECT_THAT(at(events + "/parameters"), HasSubstr(R"({"$ref":"#/components/parameters/LastEventId"})"));
    EXPECT_THAT(at(events + "/parameters"), Not(HasSubstr("IfNoneMatch")));
    EXPECT_THAT(at(events + "/responses/204/description"), HasSubstr("nothing to watch"));
    EXPECT_EQ(at(events + "/responses/406"), R"({"$ref":"#/components/responses/NotAcceptable"})");
    EXPECT_EQ(at(events + "/responses/304"), "-");
    EXPECT_THAT(at(events + "/responses/200/headers"), Not(HasSubstr("ETag")));
}

TEST_F(OpenApi, has_no_reference_that_leads_nowhere) {
    const auto text = json::serialize(document_);
    const std::string_view mark = R"("$ref":"#)";
    for (auto start = text.find(mark); start != std::string::npos; start = text.find(mark, start + 1)) {
        const auto pointer = text.substr(start + mark.size(), text.find('"', start + mark.size()) - start - mark.size());
        EXPECT_NE(at(pointer), "-") << pointer;
    }
}

TEST_F(OpenApi, says_who_sees_a_field_of_an_answer) {
    EXPECT_EQ(schema("sample.Parcel/properties/sender"),
              R"({"type":"string","description":"who sent it. It is empty for callers other than the owner and services."})");
}

}  // namespace
}  // namespace tw::codegen
