#include "kit/gateway/cors.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

using namespace std::chrono_literals;

Cors allowing(std::string_view origins) { return std::move(Cors::allowing(origins, 600s)).value(); }

/// Returns the response to a request from a page of `origin`. The request is an OPTIONS if `allow`
/// lists the methods of the path.
http::Response answered(Cors cors, std::string_view origin, std::string_view allow = "", std::string_view requested_method = "") {
    http::Request request{.method = allow.empty() ? "GET" : "OPTIONS"};
    if (!origin.empty()) request.headers.add("Origin", std::string{origin});
    if (!requested_method.empty()) request.headers.add("Access-Control-Request-Method", std::string{requested_method});
    http::Response response;
    if (!allow.empty()) response.headers.add("Allow", std::string{allow});
    cors.on_answer(request, nullptr, response);
    return response;
}

TEST(Cors, says_nothing_where_nobody_is_allowed) {
    EXPECT_TRUE(answered(allowing(""), "https://shop.example").headers.fields().empty());
    EXPECT_EQ(answered(Cors{}, "https://shop.example", "GET", "GET").headers.fields().size(), 1U) << "the list of methods";
}

TEST(Cors, tells_an_allowed_origin_what_it_may_read) {
    const auto response = answered(allowing("http://localhost:3000, https://shop.example"), "https://shop.example");
    EXPECT_EQ(response.headers.find("access-control-allow-origin"), "https://shop.example");
    EXPECT_EQ(response.headers.find("vary"), "Origin");
    EXPECT_NE(response.headers.find("access-control-expose-headers")->find("Retry-After"), std::string_view::npos);
    EXPECT_FALSE(response.headers.find("access-control-allow-credentials"));
}

TEST(Cors, answers_the_preflight_of_an_allowed_origin) {
    const auto response = answered(allowing("https://shop.example"), "https://shop.example", "GET, PATCH, OPTIONS", "PATCH");
    EXPECT_EQ(response.headers.find("access-control-allow-methods"), "GET, PATCH, OPTIONS");
    EXPECT_NE(response.headers.find("access-control-allow-headers")->find("Idempotency-Key"), std::string_view::npos);
    EXPECT_EQ(response.headers.find("access-control-max-age"), "600");
}

TEST(Cors, an_options_that_is_no_preflight_gets_no_methods) {
    const auto response = answered(allowing("https://shop.example"), "https://shop.example", "GET, OPTIONS");
    EXPECT_FALSE(response.headers.find("access-control-allow-methods"));
}

TEST(Cors, another_origin_gets_nothing_but_vary) {
    for (const auto* const other : {"https://evil.example", "https://shop.example.evil", "http://shop.example", "null",
                                    "https://SHOP.example", "https://shop.example:444"}) {
        const auto response = answered(allowing("https://shop.example"), other, "GET", "GET");
        EXPECT_FALSE(response.headers.find("access-control-allow-origin")) << other;
        EXPECT_EQ(response.headers.find("vary"), "Origin") << other;
    }
}

TEST(Cors, everybody_is_a_star_and_no_vary) {
    const auto response = answered(allowing("*"), "https://any.example");
    EXPECT_EQ(response.headers.find("access-control-allow-origin"), "*");
    EXPECT_FALSE(response.headers.find("vary"));
}

TEST(Cors, what_is_no_origin_is_refused_by_name) {
    for (const auto* const bad : {"shop.example", "https://shop.example/", "https://Shop.example", "https://*.example", "null",
                                  "https://a@b", "://x", "https://"}) {
        const auto cors = Cors::allowing(bad, 1s);
        ASSERT_FALSE(cors) << bad;
        EXPECT_EQ(cors.error().reason(), "BAD_CONFIG");
        EXPECT_NE(cors.error().detail().find("http.cors_origins"), std::string::npos);
    }
}

TEST(Cors, a_page_may_send_what_every_propagator_and_condition_needs) {
    const auto response = answered(allowing("*"), "https://any.example", "GET, OPTIONS", "GET");
    const auto allowed = std::string{response.headers.find("access-control-allow-headers").value_or("")} + ',';
    for (const auto* name : {"traceparent", "tracestate", "baggage", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId",
                             "X-B3-Sampled", "X-B3-Flags", "If-Match", "If-None-Match", "Content-Type"}) {
        EXPECT_NE(allowed.find(std::string{name} + ','), std::string::npos) << name;
    }
}

TEST(Cors, settings_add_fields_to_send_and_to_read) {
    const auto cors = Cors::allowing("*", 1s, {.of_requests = "X-Request-Id, X-Tenant", .of_responses = "Server-Timing"}).value();
    const auto preflight = answered(cors, "https://any.example", "GET, OPTIONS", "GET");
    EXPECT_TRUE(preflight.headers.find("access-control-allow-headers")->ends_with(", X-Request-Id, X-Tenant"));
    const auto answer = answered(cors, "https://any.example");
    EXPECT_TRUE(answer.headers.find("access-control-expose-headers")->ends_with(", Server-Timing"));
    const auto wrong = Cors::allowing("*", 1s, {.of_requests = "X Request"});
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().detail().find("http.cors_headers"), std::string::npos);
    EXPECT_NE(Cors::allowing("*", 1s, {.of_responses = "a:b"}).error().detail().find("http.cors_exposed_headers"),
              std::string::npos);
}

}  // namespace
}  // namespace tw::gateway
