#include "kit/gateway/pages/openapi_document.hpp"

#include "gateway_sample.tw.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

using testing::ElementsAre;

std::vector<std::string> keys(const boost::json::value& object) {
    std::vector<std::string> names;
    for (const auto& member : object.as_object()) names.emplace_back(member.key());
    return names;
}

boost::json::value document_of(std::vector<rpc::Routes> services) {
    return boost::json::parse(openapi_document(services, "Parcels", "1.2.3"));
}

/// A service with one route, as the generator describes it. `schema` is the message Size.
std::string described(const std::string& path, const std::string& schema) {
    return R"({"openapi":"3.1.0","info":{"description":"d"},"tags":[{"name":"Sizes"}],"paths":{")" + path +
           R"(":{"get":{"operationId":"Sizes_Get","tags":["Sizes"],"responses":{"200":{"content":)"
           R"({"$ref":"#/components/schemas/Box"}},"404":{"$ref":"#/components/responses/NotFound"}}}}},)"
           R"("components":{"schemas":{"Box":{"size":{"$ref":"#/components/schemas/Size"}},"Size":)" +
           schema + R"(,"Problem":{}},"responses":{"NotFound":{}},"parameters":{},"headers":{}}})";
}

const rpc::Method kFirst{.path = "/one.Sizes/Get", .service = "one.Sizes", .name = "Get"};
const rpc::Method kSecond{.path = "/two.Sizes/Get", .service = "two.Sizes", .name = "Get"};
const rpc::Route kFirstRoute[]{{.verb = "GET", .path = "/one", .body = "", .method = &kFirst}};
const rpc::Route kSecondRoute[]{{.verb = "GET", .path = "/two", .body = "", .method = &kSecond}};

TEST(OpenApiDocument, has_the_routes_that_are_mounted_and_only_these) {
    const auto document = document_of({::sample::user_service_routes(), ::sample::order_service_routes()});
    EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
    EXPECT_EQ(document.at("info").at("title").as_string(), "Parcels");
    EXPECT_EQ(document.at("info").at("version").as_string(), "1.2.3");
    EXPECT_THAT(keys(document.at("paths")), ElementsAre("/api/users", "/api/users/{id}", "/api/orders"));
    EXPECT_THAT(keys(document.at("paths").at("/api/users")), ElementsAre("post", "get"));
    EXPECT_EQ(boost::json::serialize(document.at("tags")), R"([{"name":"UserService"},{"name":"OrderService"}])");
    const auto& schemas = document.at("components").at("schemas").as_object();
    EXPECT_TRUE(schemas.contains("sample.User") && schemas.contains("sample.Order"));
    EXPECT_FALSE(schemas.contains("sample.Product"));
}

TEST(OpenApiDocument, lists_what_all_services_share_once_and_in_order) {
    const auto document = document_of({::sample::order_service_routes(), ::sample::user_service_routes()});
    EXPECT_EQ(keys(document.at("components").at("schemas")).back(), "Problem");
    EXPECT_THAT(keys(document.at("components")), ElementsAre("schemas", "responses", "parameters", "headers", "securitySchemes"));
    const auto alone = document_of({::sample::user_service_routes()});
    EXPECT_EQ(keys(document.at("components").at("responses")), keys(alone.at("components").at("responses")))
        << "statuses ascend, whichever service comes first";
}

TEST(OpenApiDocument, tells_two_schemas_of_one_name_apart) {
    const auto first = described("/one", R"({"type":"string"})");
    const auto second = described("/two", R"({"type":"integer"})");
    const auto document = document_of({{{kFirstRoute}, first}, {{kSecondRoute}, second}});
    const auto& schemas = document.at("components").at("schemas");
    EXPECT_THAT(keys(schemas), ElementsAre("Box", "Size", "Box2", "Size2", "Problem"));
    EXPECT_EQ(boost::json::serialize(schemas.at("Box2")), R"({"size":{"$ref":"#/components/schemas/Size2"}})");
    EXPECT_EQ(boost::json::serialize(document.at("paths").at("/two").at("get").at("responses").at("200").at("content")),
              R"({"$ref":"#/components/schemas/Box2"})");
    EXPECT_EQ(boost::json::serialize(document.at("paths").at("/one").at("get").at("responses").at("200").at("content")),
              R"({"$ref":"#/components/schemas/Box"})");
}

TEST(OpenApiDocument, shares_a_schema_that_is_the_same) {
    const auto first = described("/one", R"({"type":"string"})");
    const auto second = described("/two", R"({"type":"string"})");
    const auto document = document_of({{{kFirstRoute}, first}, {{kSecondRoute}, second}});
    EXPECT_THAT(keys(document.at("components").at("schemas")), ElementsAre("Box", "Size", "Problem"));
}

TEST(OpenApiDocument, names_operations_and_tags_apart_where_two_packages_have_a_service_of_one_name) {
    const auto text = described("/one", "{}");
    const auto other = described("/two", "{}");
    const auto document = document_of({{{kFirstRoute}, text}, {{kSecondRoute}, other}});
    EXPECT_EQ(boost::json::serialize(document.at("tags")), R"([{"name":"Sizes"},{"name":"two.Sizes"}])");
    const auto& one = document.at("paths").at("/one").at("get");
    const auto& two = document.at("paths").at("/two").at("get");
    EXPECT_EQ(one.at("operationId").as_string(), "Sizes_Get");
    EXPECT_EQ(two.at("operationId").as_string(), "two_Sizes_Get");
    EXPECT_EQ(boost::json::serialize(two.at("tags")), R"(["two.Sizes"])");
}

TEST(OpenApiDocument, of_no_routes_is_valid) {
    const auto document = document_of({});
    EXPECT_EQ(boost::json::serialize(document), R"({"openapi":"3.1.0","info":{"title":"Parcels","version":"1.2.3"},"paths":{}})");
}

TEST(SharedOpenApi, is_made_once) {
    SharedOpenApi shared{{::sample::user_service_routes()}};
    const auto& text = shared.text("Parcels", "1");
    EXPECT_EQ(&shared.text("Parcels", "1"), &text);
    EXPECT_EQ(text, openapi_document(std::vector{::sample::user_service_routes()}, "Parcels", "1"));
}

}  // namespace
}  // namespace tw::gateway
