#include "gateway_sample.tw.hpp"
#include "kit/gateway/calls/gateway_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::gateway {
namespace {

/// A catalog with one product, whose stock changes without its version.
class EchoProducts final : public ::sample::ProductService {
 public:
    int on_hand = 5;
    int adjusted = 0;
    std::int64_t version = 7;

    Task<Result<::sample::Product>> get_product(const CallContext&, const ::sample::GetProductRequest&) override {
        co_return product();
    }
    Task<Result<::sample::Product>> update_product(const CallContext&, const ::sample::UpdateProductRequest& request) override {
        if (request.expected_version() != 0 && request.expected_version() != version)
            co_return Error{Code::aborted, "VERSION_MISMATCH", "another version"}.with_retryable(false);
        ++version;
        co_return product();
    }
    Task<Result<::sample::Product>> adjust_stock(const CallContext&, const ::sample::AdjustStockRequest& request) override {
        ++adjusted;
        on_hand += static_cast<int>(request.delta());
        co_return product();
    }

    Task<Result<::sample::Product>> reserve(const CallContext&, const ::sample::GetProductRequest&) override {
        co_return internal("no test asks for this");
    }

 private:
    Result<::sample::Product> product() const {
        ::sample::Product product;
        product.set_id("cup");
        product.set_version(version);
        product.mutable_stock()->set_on_hand(on_hand);
        return product;
    }
};

class GatewayConditionTest : public GatewayTest {
 protected:
    GatewayConditionTest() {
        table_.add(products_, telemetry_.get());
        EXPECT_TRUE(gateway_.add(::sample::product_service_routes(), *channel_));
    }

    http::Response when(std::string method, std::string path, std::string field, std::string value, std::string body = "") {
        http::Request request{.method = std::move(method), .path = std::move(path), .body = std::move(body)};
        request.headers.add(std::move(field), std::move(value));
        if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
        return ask(std::move(request));
    }
    http::Response patch_when(std::string field, std::string value, std::string path = "/api/users/abc") {
        return when("PATCH", std::move(path), std::move(field), std::move(value), R"({"name":"A"})");
    }

    EchoProducts products_;
};

TEST_F(GatewayConditionTest, a_read_of_what_the_client_has_is_not_modified) {
    for (const auto* tag : {"\"7\"", "W/\"7\"", "\"1\", \"7\"", "*"}) {
        const auto same = when("GET", "/api/users/abc", "If-None-Match", tag);
        EXPECT_EQ(same.status, 304) << tag;
        EXPECT_EQ(same.body, "");
        EXPECT_EQ(same.content_type, "");
        EXPECT_EQ(header(same, "etag"), "\"7\"");
        EXPECT_EQ(same.route, "/api/users/{id}");
    }
    EXPECT_EQ(when("HEAD", "/api/users/abc", "If-None-Match", "\"7\"").status, 304);
    EXPECT_EQ(when("GET", "/api/users/abc", "If-None-Match", "\"6\"").status, 200);
    EXPECT_EQ(when("GET", "/api/users/nobody", "If-None-Match", "*").status, 404);
}

TEST_F(GatewayConditionTest, a_read_under_a_false_if_match_fails) {
    EXPECT_EQ(when("GET", "/api/users/abc", "If-Match", "\"7\"").status, 200);
    EXPECT_EQ(when("GET", "/api/users/abc", "If-Match", "*").status, 200);
    const auto refused = when("GET", "/api/users/abc", "If-Match", "\"6\"");
    EXPECT_EQ(refused.status, 412);
    EXPECT_EQ(code(refused), "VERSION_MISMATCH");
    EXPECT_EQ(when("GET", "/api/users/nobody", "If-Match", "\"6\"").status, 404) << "conditions hide no other refusal";
    EXPECT_EQ(when("GET", "/api/users", "If-Match", "\"6\"").status, 412) << "a list has no tag";
    EXPECT_EQ(when("GET", "/api/users", "If-None-Match", "\"6\"").status, 200);
}

TEST_F(GatewayConditionTest, a_change_is_made_where_one_of_the_tags_is_the_current_one) {
    EXPECT_EQ(patch_when("If-Match", "\"7\", \"1\"").status, 200);
    EXPECT_EQ(users_.updated.expected_version(), 7) << "so that nothing comes in between";
    EXPECT_EQ(patch_when("If-Match", "\"1\", \"2\"").status, 412);
    EXPECT_EQ(patch_when("If-Match", "W/\"7\"").status, 412);
    EXPECT_EQ(users_.updates, 1);
    EXPECT_EQ(patch_when("If-Match", "\"7\", \"1\"", "/api/users/nobody").status, 404);
}

TEST_F(GatewayConditionTest, a_change_of_what_must_not_be_there_fails) {
    for (const auto* tags : {"*", "\"7\"", "W/\"7\"", "\"1\",\"7\""}) {
        const auto refused = patch_when("If-None-Match", tags);
        EXPECT_EQ(refused.status, 412) << tags;
        EXPECT_EQ(code(refused), "VERSION_MISMATCH");
    }
    EXPECT_EQ(users_.updates, 0);
    EXPECT_EQ(patch_when("If-None-Match", "\"6\"").status, 200);
    EXPECT_EQ(users_.updated.expected_version(), 7);
    EXPECT_EQ(patch_when("If-None-Match", "*", "/api/users/nobody").status, 404);
}

TEST_F(GatewayConditionTest, a_change_that_was_overtaken_is_judged_anew) {
    users_.overtaken = 1;
    EXPECT_EQ(patch_when("If-Match", "\"7\", \"8\"").status, 200);
    EXPECT_EQ(users_.updates, 2);
    EXPECT_EQ(users_.updated.expected_version(), 8);
    users_.overtaken = 1;
    EXPECT_EQ(patch_when("If-Match", "\"8\", \"1\"").status, 412) << "version 9 is none of them";
    users_.overtaken = 100;
    EXPECT_EQ(patch_when("If-None-Match", "\"1\"").status, 412) << "not for ever";
    EXPECT_EQ(users_.overtaken, 96);
}

TEST_F(GatewayConditionTest, a_bad_request_is_told_before_a_false_condition) {
    const auto refused = when("PATCH", "/api/users/abc", "If-Match", "\"1\", \"2\"", R"({"name":""})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(pointers(refused), testing::ElementsAre("/name"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayConditionTest, a_products_tag_covers_its_stock) {
    const auto tag = header(get("/api/products/cup"), "etag");
    EXPECT_EQ(when("GET", "/api/products/cup", "If-None-Match", tag).status, 304);
    EXPECT_EQ(when("GET", "/api/products/cup", "If-None-Match", "\"7\"").status, 200) << "the version says nothing of the stock";
    products_.on_hand = 4;
    EXPECT_EQ(when("GET", "/api/products/cup", "If-None-Match", tag).status, 200);
    EXPECT_EQ(patch_when("If-Match", tag, "/api/products/cup").status, 412) << "something that was shown has changed";
    EXPECT_EQ(patch_when("If-Match", "\"7\"", "/api/products/cup").status, 200) << "the version alone has not";
    EXPECT_EQ(patch_when("If-Match", header(get("/api/products/cup"), "etag"), "/api/products/cup").status, 200);
    EXPECT_EQ(patch_when("If-Match", "\"7\"", "/api/products/cup").status, 412);
}

TEST_F(GatewayConditionTest, an_action_on_an_object_is_under_the_objects_tag) {
    const auto tag = header(get("/api/products/cup"), "etag");
    const auto* const body = R"({"delta":1,"reason":"delivery"})";
    EXPECT_EQ(when("POST", "/api/products/cup/stock", "If-Match", "\"1\"", body).status, 412);
    EXPECT_EQ(when("POST", "/api/products/cup/stock", "If-None-Match", "*", body).status, 412);
    EXPECT_EQ(products_.adjusted, 0);
    EXPECT_EQ(when("POST", "/api/products/cup/stock", "If-Match", tag, body).status, 200);
    EXPECT_EQ(when("POST", "/api/products/cup/stock", "If-Match", tag, body).status, 412) << "the stock is another one now";
    EXPECT_EQ(products_.adjusted, 1);
}

TEST_F(GatewayConditionTest, a_list_is_there_and_has_no_tag) {
    const auto* const body = R"({"email":"a@b","name":"A"})";
    EXPECT_EQ(when("POST", "/api/users", "If-Match", "*", body).status, 200);
    EXPECT_EQ(when("POST", "/api/users", "If-Match", "\"7\"", body).status, 412);
    EXPECT_EQ(when("POST", "/api/users", "If-None-Match", "*", body).status, 412);
    EXPECT_EQ(when("POST", "/api/users", "If-None-Match", "\"7\"", body).status, 200);
}

TEST_F(GatewayConditionTest, a_service_that_does_not_answer_fails_the_judgement_and_changes_nothing) {
    users_.error = unavailable("the user service is away");
    EXPECT_EQ(patch_when("If-Match", "\"7\", \"1\"").status, 503);
    EXPECT_EQ(users_.updates, 0);
}

}  // namespace
}  // namespace tw::gateway
