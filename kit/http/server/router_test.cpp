#include "kit/http/router.hpp"

#include <gtest/gtest.h>

namespace tw::http {
namespace {

using Outcome = Router::Outcome;

Router shop() {
    Router router;
    const std::pair<const char*, const char*> routes[]{
        {"POST", "/api/users"},           {"GET", "/api/users/{id}"},
        {"PATCH", "/api/users/{id}"},     {"GET", "/api/users/{user_id}/addresses/{id}"},
        {"GET", "/api/orders/search"},    {"GET", "/api/orders/{id}"},
        {"POST", "/api/orders/{id}/pay"}, {"GET", "/"}};
    std::size_t payload = 0;
    for (const auto& [verb, path] : routes) EXPECT_TRUE(router.add(verb, path, payload++)) << path;
    return router;
}

TEST(Router, a_route_is_found_with_its_variables) {
    const auto router = shop();
    const auto match = router.find("GET", "/api/users/42/addresses/home");
    ASSERT_EQ(match.outcome, Outcome::found);
    EXPECT_EQ(match.payload, 3u);
    EXPECT_EQ(match.route, "/api/users/{user_id}/addresses/{id}");
    ASSERT_EQ(match.variables.size(), 2u);
    EXPECT_EQ(match.variables[0], (std::pair<std::string_view, std::string>{"user_id", "42"}));
    EXPECT_EQ(match.variables[1], (std::pair<std::string_view, std::string>{"id", "home"}));
    EXPECT_EQ(router.find("GET", "/").payload, 7u);
}

TEST(Router, a_literal_goes_before_a_variable) {
    const auto router = shop();
    EXPECT_EQ(router.find("GET", "/api/orders/search").payload, 4u);
    EXPECT_EQ(router.find("GET", "/api/orders/searching").payload, 5u);
    EXPECT_EQ(router.find("POST", "/api/orders/search/pay").payload, 6u) << "comes back from the literal that leads nowhere";
}

TEST(Router, variables_of_a_path_that_leads_nowhere_are_forgotten) {
    Router router;
    ASSERT_TRUE(router.add("GET", "/shops/{shop}/orders", 0));
    ASSERT_TRUE(router.add("GET", "/{kind}/{id}/items", 1));
    const auto match = router.find("GET", "/shops/7/items");
    ASSERT_EQ(match.outcome, Outcome::found);
    EXPECT_EQ(match.payload, 1u);
    ASSERT_EQ(match.variables.size(), 2u);
    EXPECT_EQ(match.variables[0], (std::pair<std::string_view, std::string>{"kind", "shops"}));
    EXPECT_EQ(match.variables[1], (std::pair<std::string_view, std::string>{"id", "7"}));
}

TEST(Router, a_variable_is_percent_decoded_once) {
    const auto router = shop();
    EXPECT_EQ(router.find("GET", "/api/users/a%2Fb%20c+d%2525").variables[0].second, "a/b c+d%25");
    EXPECT_EQ(router.find("GET", "/api/users/a%2").outcome, Outcome::malformed_path);
    EXPECT_EQ(router.find("GET", "/api/users/%zz").outcome, Outcome::malformed_path);
}

TEST(Router, unknown_paths_are_told_from_wrong_methods) {
    const auto router = shop();
    for (const auto* path :
         {"/api", "/api/users/", "/api/users/1/", "/api/users//addresses/1", "", "*", "api/users", "/API/users"}) {
        EXPECT_EQ(router.find("POST", path).outcome, Outcome::not_found) << path;
    }
    const auto match = router.find("DELETE", "/api/users/1");
    EXPECT_EQ(match.outcome, Outcome::wrong_method);
    EXPECT_EQ(match.allow, "GET, HEAD, PATCH, OPTIONS");
}

TEST(Router, head_takes_the_route_of_get_and_options_asks_what_is_allowed) {
    const auto router = shop();
    EXPECT_EQ(router.find("HEAD", "/api/users/1").payload, 1u);
    EXPECT_EQ(router.find("HEAD", "/api/users").outcome, Outcome::wrong_method);
    const auto options = router.find("OPTIONS", "/api/users");
    EXPECT_EQ(options.outcome, Outcome::options);
    EXPECT_EQ(options.allow, "POST, OPTIONS");
}

TEST(Router, a_path_with_too_many_segments_is_unknown) {
    const auto router = shop();
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "/a";
    EXPECT_EQ(router.find("GET", deep).outcome, Outcome::not_found);
}

TEST(Router, a_route_that_cannot_be_meant_is_refused) {
    Router router;
    EXPECT_TRUE(router.add("GET", "/a/{x}", 0));
    EXPECT_EQ(router.add("GET", "/a/{y}", 1).error().code(), Code::already_exists);
    EXPECT_EQ(router.add("GET", "a", 1).error().reason(), "INVALID_ROUTE");
    EXPECT_EQ(router.add("GET", "/a/x{y}", 1).error().reason(), "INVALID_ROUTE");
    EXPECT_EQ(router.add("", "/b", 1).error().reason(), "INVALID_ROUTE");
}

TEST(RouterTest, characters_that_need_no_encoding_mean_the_same_encoded) {
    Router router;
    ASSERT_TRUE(router.add("GET", "/api/users/{id}", 1));
    ASSERT_TRUE(router.add("GET", "/api/order-lines/search", 2));
    for (const auto* path : {"/api/%75sers/7", "/%61%70%69/users/7", "/api/user%73/%37"}) {
        const auto match = router.find("GET", path);
        ASSERT_EQ(match.outcome, Router::Outcome::found) << path;
        EXPECT_EQ(match.variables[0].second, "7");
    }
    EXPECT_EQ(router.find("GET", "/api/order%2Dlines/%73%65%61rch").payload, 2u);
    for (const auto* path : {"/api%2Fusers/7", "/api/%2575sers/7", "/api/%7/7", "/api/%55sers/7", "/api/%75%73%65%72%73%20/7"}) {
        EXPECT_EQ(router.find("GET", path).outcome, Router::Outcome::not_found) << path;
    }
}

}  // namespace
}  // namespace tw::http
