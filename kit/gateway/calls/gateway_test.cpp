#include "kit/cache/local_rate_limiter.hpp"
#include "kit/gateway/calls/gateway_fixture.hpp"
#include "kit/gateway/cors.hpp"
#include "kit/gateway/rate_limit.hpp"
#include "kit/testing/fake_clock.hpp"

#include <optional>

#include <gmock/gmock.h>

namespace tw::gateway {
namespace {

TEST_F(GatewayTest, who_asks_too_often_is_told_when_to_come_back_and_pages_are_not_limited) {
    test::FakeClock clock;
    cache::LocalRateLimiter limiter{clock};
    RateLimit limit{limiter, {.burst = 2, .interval = std::chrono::milliseconds{500}}};
    use({&limit});
    EXPECT_EQ(get("/api/users/one").status, 200);
    const auto last = get("/api/users/two");
    EXPECT_EQ(last.status, 200);
    EXPECT_EQ(header(last, "ratelimit"), "\"caller-route\";r=0;t=1");
    const auto refused = get("/api/users/three");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(code(refused), "RATE_LIMITED");
    EXPECT_EQ(header(refused, "retry-after"), "1");
    EXPECT_EQ(header(refused, "ratelimit-policy"), "\"caller-route\";q=2;w=1");
    EXPECT_EQ(refused.route, "/api/users/{id}");
    EXPECT_EQ(users_.calls, 2);
    EXPECT_EQ(get("/api/users").status, 200) << "another route";
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_EQ(get("/health").status, 200);
    clock.advance(std::chrono::milliseconds{500});
    EXPECT_EQ(get("/api/users/three").status, 200);
}

TEST_F(GatewayTest, each_caller_has_a_limit_of_its_own) {
    test::FakeClock clock;
    cache::LocalRateLimiter limiter{clock};
    RateLimit limit{limiter, {.burst = 1, .interval = std::chrono::seconds{1}}};
    use({&limit});
    const auto get_as = [this](std::string peer) {
        RootCall call{loop_};
        CallAttributes attributes;
        attributes.peer = std::move(peer);
        const auto ctx = call.context().with_attributes(std::make_shared<const CallAttributes>(std::move(attributes)));
        const http::Request request{.method = "GET", .path = "/api/users/one"};
        return run_until_done(loop_, gateway_.answer(ctx, request)).status;
    };
    EXPECT_EQ(get_as("192.0.2.7"), 200);
    EXPECT_EQ(get_as("192.0.2.7"), 429);
    EXPECT_EQ(get_as("192.0.2.8"), 200) << "another caller";
    EXPECT_EQ(get_as("2001:db8::1"), 200);
    EXPECT_EQ(get_as("2001:db8::2"), 429) << "the same network";
}

TEST_F(GatewayTest, a_page_of_an_allowed_origin_may_ask_what_the_path_allows) {
    auto cors = Cors::allowing("https://shop.example", std::chrono::seconds{60}).value();
    use({&cors});
    http::Request preflight{.method = "OPTIONS", .path = "/api/users/one"};
    preflight.headers.add("Origin", "https://shop.example");
    preflight.headers.add("Access-Control-Request-Method", "PATCH");
    const auto allowed = ask(preflight);
    EXPECT_EQ(allowed.status, 204);
    EXPECT_EQ(header(allowed, "access-control-allow-methods"), header(allowed, "allow"));
    EXPECT_EQ(header(allowed, "access-control-allow-origin"), "https://shop.example");
    http::Request wrong{.method = "GET", .path = "/nowhere"};
    wrong.headers.add("Origin", "https://shop.example");
    EXPECT_EQ(header(ask(wrong), "access-control-allow-origin"), "https://shop.example") << "a page may read errors too";
}

TEST_F(GatewayTest, a_body_becomes_the_request_and_the_answer_a_body) {
    const auto response = send("POST", "/api/users", R"({"email":"alice@example.com","name":"Alice"})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.route, "/api/users");
    const auto user = boost::json::parse(response.body);
    EXPECT_EQ(user.at("email").as_string(), "alice@example.com");
    EXPECT_EQ(user.at("version").to_number<int>(), 7);
}

TEST_F(GatewayTest, a_version_makes_an_entity_tag) {
    EXPECT_EQ(header(get("/api/users/abc"), "etag"), "\"7\"");
    EXPECT_EQ(header(get("/api/users"), "etag"), "");
}

TEST_F(GatewayTest, a_path_variable_becomes_a_field) {
    const auto user = boost::json::parse(get("/api/users/a%20b").body);
    EXPECT_EQ(user.at("id").as_string(), "a b");
}

TEST_F(GatewayTest, bytes_that_are_no_text_name_nothing_and_break_nothing) {
    const auto user = boost::json::parse(get("/api/users/%ffa").body);
    EXPECT_EQ(user.at("id").as_string(), "%ffa");
}

TEST_F(GatewayTest, query_parameters_become_fields) {
    EXPECT_EQ(get("/api/users", "page_size=5&email=a%2Bb%40example.com&&status=active").status, 200);
    EXPECT_EQ(users_.listed.page_size(), 5);
    EXPECT_EQ(users_.listed.email(), "a+b@example.com");
    EXPECT_EQ(users_.listed.status(), "active");
}

TEST_F(GatewayTest, a_query_beside_a_body_that_is_the_whole_request_is_refused) {
    http::Request request{.method = "POST", .path = "/api/users", .query = "name=Bob", .body = R"({"email":"a@b","name":"A"})"};
    request.headers.add("Content-Type", "application/json");
    EXPECT_THAT(pointers(ask(request)), testing::ElementsAre("/name"));
    request.query = "email=a@b";
    EXPECT_THAT(pointers(ask(request)), testing::ElementsAre("/email"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayTest, a_plus_sign_in_a_refused_parameter_is_explained) {
    const auto refused = get("/api/users", "email=a+b@example.com");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(pointers(refused), testing::ElementsAre("/email", "/email"));
    EXPECT_THAT(refused.body, testing::HasSubstr("%2B"));
    EXPECT_EQ(get("/api/users", "email=a%2Bb@example.com").status, 200);
    EXPECT_EQ(users_.listed.email(), "a+b@example.com");
    const auto other = get("/api/users", "email=nonsense&page_token=a+b");
    EXPECT_THAT(pointers(other), testing::ElementsAre("/email"));
}

TEST_F(GatewayTest, query_parameters_may_have_their_names_in_lower_camel_case) {
    EXPECT_EQ(get("/api/users", "pageSize=5").status, 200);
    EXPECT_EQ(users_.listed.page_size(), 5);
}

TEST_F(GatewayTest, a_nul_in_text_names_its_field) {
    EXPECT_THAT(pointers(send("POST", "/api/users", R"({"email":"a@b","name":"A\u0000B"})")), testing::ElementsAre("/name"));
    EXPECT_THAT(pointers(get("/api/users", "page_token=%00")), testing::ElementsAre("/page_token"));
    EXPECT_THAT(pointers(get("/api/users/a%00b")), testing::ElementsAre("/id"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayTest, wrong_query_parameters_are_named) {
    EXPECT_THAT(pointers(get("/api/users", "colour=red&page_size=many")), testing::ElementsAre("/colour", "/page_size"));
    EXPECT_THAT(pointers(get("/api/users", "page_size=1001")), testing::ElementsAre("/page_size"));
    EXPECT_THAT(pointers(get("/api/users", "page_size=1&page_size=2")), testing::ElementsAre("/page_size"));
    EXPECT_THAT(pointers(get("/api/users", "status=%ff")), testing::ElementsAre("/status"));
    EXPECT_THAT(pointers(get("/api/users/abc", "id=other")), testing::ElementsAre("/id"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayTest, if_match_fills_the_expected_version) {
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"name":"A"})", "\"7\"").status, 200);
    EXPECT_EQ(users_.updated.expected_version(), 7);
    EXPECT_EQ(users_.calls, 1) << "the service holds a single version itself";
    EXPECT_EQ(users_.updated.id(), "abc");
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"name":"A"})", "*").status, 200);
    EXPECT_EQ(users_.updated.expected_version(), 0);
}

TEST_F(GatewayTest, an_if_match_that_no_version_can_match_is_a_mismatch) {
    for (const auto* tag : {"3", "W/\"3\"", "\"x\"", "\"3\", \"4\"", "\"0\"", "\"-1\"", "\"03\""}) {
        const auto response = send("PATCH", "/api/users/abc", R"({"name":"A"})", tag);
        EXPECT_EQ(response.status, 412) << tag;
        EXPECT_EQ(code(response), "VERSION_MISMATCH");
    }
    const auto contrary = send("PATCH", "/api/users/abc", R"({"name":"A","expected_version":4})", "\"3\"");
    EXPECT_THAT(pointers(contrary), testing::ElementsAre("/expected_version"));
    EXPECT_EQ(users_.updates, 0);
}

TEST_F(GatewayTest, a_body_cannot_say_another_id_than_the_path) {
    EXPECT_THAT(pointers(send("PATCH", "/api/users/abc", R"({"id":"def","name":"A"})")), testing::ElementsAre("/id"));
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"id":"abc","name":"A"})").status, 200);
}

TEST_F(GatewayTest, an_error_of_the_service_is_a_problem) {
    users_.error = not_found("user", "abc");
    const auto response = get("/api/users/abc");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(code(response), "USER_NOT_FOUND");
    EXPECT_EQ(boost::json::parse(response.body).at("instance").as_string(), "/api/users/abc");
    EXPECT_EQ(response.route, "/api/users/{id}");
}

TEST_F(GatewayTest, an_unknown_route_is_not_found) {
    for (const auto* path : {"/", "/api", "/api/nothing", "/api/users/", "/api/users/a/b", "/API/users", "/api//users"}) {
        const auto response = get(path);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_EQ(code(response), "ROUTE_NOT_FOUND");
        EXPECT_EQ(response.route, "");
    }
    const auto malformed = get("/api/users/%zz");
    EXPECT_EQ(malformed.status, 400);
    EXPECT_EQ(code(malformed), "MALFORMED_PATH");
}

TEST_F(GatewayTest, a_wrong_method_is_told_the_right_ones) {
    const auto response = send("DELETE", "/api/users", "");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(code(response), "METHOD_NOT_ALLOWED");
    for (const auto* method : {"GET", "HEAD", "POST"}) EXPECT_THAT(header(response, "allow"), testing::HasSubstr(method));
    EXPECT_EQ(send("POST", "/health", "{}").status, 405);
    const auto trace = ask({.method = "TRACE", .path = "/api/users"});
    EXPECT_EQ(trace.status, 405);
    EXPECT_NE(header(trace, "allow"), "");
}

TEST_F(GatewayTest, options_says_what_a_path_allows) {
    const auto response = ask({.method = "OPTIONS", .path = "/api/users"});
    EXPECT_EQ(response.status, 204);
    EXPECT_THAT(header(response, "allow"), testing::HasSubstr("POST"));
    EXPECT_EQ(response.body, "");
}

TEST_F(GatewayTest, head_takes_the_route_of_get) { EXPECT_EQ(ask({.method = "HEAD", .path = "/api/users/abc"}).status, 200); }

TEST_F(GatewayTest, a_route_cannot_be_added_twice) { EXPECT_FALSE(gateway_.add(::sample::user_service_routes(), *channel_)); }

struct BadBody {
    const char* what;
    std::string body;
    std::string code = "INVALID_FIELD";
    std::vector<std::string> pointers;
    int status = 400;
};

TEST_F(GatewayTest, a_bad_body_is_refused_with_all_its_faults_before_anybody_is_called) {
    const BadBody bodies[]{
        {"malformed", R"({"email":)", "MALFORMED_JSON", {""}},
        {"empty", "", "MALFORMED_JSON", {""}},
        {"no JSON", "email=a", "MALFORMED_JSON", {""}},
        {"not UTF-8", "{\"email\":\"a\xff@b\",\"name\":\"A\"}", "MALFORMED_JSON", {""}},
        {"too deep", std::string(100, '['), "MALFORMED_JSON", {""}},
        {"more than one", R"({"email":"a@b","name":"A"}{})", "MALFORMED_JSON", {""}},
        {"a list", "[]", "INVALID_FIELD", {""}},
        {"nothing in it", "{}", "INVALID_FIELD", {"/email", "/name"}},
        {"a wrong type and a missing field", R"({"email":5})", "INVALID_FIELD", {"/email", "/name"}},
        {"null", R"({"email":null,"name":"A"})", "INVALID_FIELD", {"/email"}},
        {"an unknown field", R"({"email":"a@b","name":"A","nick":"B"})", "INVALID_FIELD", {"/nick"}},
        {"a field twice", R"({"email":"a@b","email":"c@d","name":"A"})", "INVALID_FIELD", {"/email"}},
        {"an empty email", R"({"email":"","name":"A"})", "INVALID_FIELD", {"/email"}},
        {"an email without @", R"({"email":"a.b","name":"A"})", "INVALID_FIELD", {"/email"}},
        {"a long name", R"({"email":"a@b","name":")" + std::string(201, 'x') + "\"}", "INVALID_FIELD", {"/name"}},
        {"all at once", R"({"email":"a.b","nick":1})", "INVALID_FIELD", {"/email", "/name", "/nick"}},
    };
    for (const auto& bad : bodies) {
        const auto response = send("POST", "/api/users", bad.body);
        EXPECT_EQ(response.status, bad.status) << bad.what;
        EXPECT_EQ(code(response), bad.code) << bad.what;
        EXPECT_EQ(pointers(response), bad.pointers) << bad.what << response.body;
    }
    EXPECT_EQ(users_.calls, 0);
}

TEST_F(GatewayTest, a_wrong_type_within_a_line_is_named_by_its_place) {
    const auto response =
        send("POST", "/api/orders", R"({"user_id":"a","lines":[{"product_id":"p","quantity":"two"},{"price":1}]})");
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(pointers(response), testing::ElementsAre("/lines/0/quantity", "/lines/1/price"));
}

TEST_F(GatewayTest, a_refused_media_type_is_told_what_is_accepted) {
    http::Request request{.method = "PATCH", .path = "/api/users/abc", .body = "name=A"};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    const auto refused = ask(std::move(request));
    EXPECT_EQ(refused.status, 415);
    EXPECT_EQ(header(refused, "accept-patch"), "application/json, application/merge-patch+json");
    const auto options = ask({.method = "OPTIONS", .path = "/api/users"});
    EXPECT_EQ(header(options, "accept-post"), "application/json");
    EXPECT_EQ(header(options, "accept-patch"), "");
}

TEST_F(GatewayTest, null_in_a_merge_patch_is_not_taken_for_no_change) {
    http::Request request{.method = "PATCH", .path = "/api/users/abc", .body = R"({"name":null})"};
    request.headers.add("Content-Type", "application/merge-patch+json");
    const auto refused = ask(request);
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(pointers(refused), testing::ElementsAre("/name"));
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"name":null})").status, 200) << "in plain JSON it is absent";
}

TEST_F(GatewayTest, only_json_in_utf8_is_a_body) {
    const auto status = [this](const char* content_type, const char* encoding = nullptr) {
        http::Request request{.method = "POST", .path = "/api/users", .body = R"({"email":"a@b","name":"A"})"};
        if (content_type != nullptr) request.headers.add("content-type", content_type);
        if (encoding != nullptr) request.headers.add("content-encoding", encoding);
        return ask(std::move(request)).status;
    };
    for (const auto* fine : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                             "application/json;charset=\"UTF-8\"", "application/json; odd=1"}) {
        EXPECT_EQ(status(fine), 200) << fine;
    }
    for (const auto* wrong : {"text/plain", "application/jsonp", "application/x-www-form-urlencoded", "",
                              "application/json; charset=latin1", "application/json; charset"}) {
        EXPECT_EQ(status(wrong), 415) << wrong;
    }
    EXPECT_EQ(status(nullptr), 415);
    EXPECT_EQ(status("application/json", "gzip"), 415);
    EXPECT_EQ(status("application/json", "identity"), 200);
}

TEST_F(GatewayTest, without_a_body_it_is_the_body_that_is_missing) {
    const auto response = ask({.method = "POST", .path = "/api/users"});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(code(response), "MALFORMED_JSON");
}

}  // namespace
}  // namespace tw::gateway
