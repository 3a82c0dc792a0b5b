#include "kit/gateway/calls/gateway_fixture.hpp"
#include "kit/gateway/cors.hpp"
#include "kit/http/problem.hpp"

// Tests of refusals that the server made before it asked the gateway.
namespace tw::gateway {
namespace {

const Error kTooLarge{Code::invalid_argument, "BODY_TOO_LARGE", "the body is larger than 10 bytes"};

class GatewayRefusal : public GatewayTest {
 protected:
    http::Response complete(const std::string& content_type, http::Version version, const Error& why) {
        http::Request request{.method = "POST", .path = "/sample.UserService/GetUser", .version = version};
        request.headers.add("Content-Type", content_type);
        request.headers.add("Origin", "https://shop.example");
        auto cors = Cors::allowing("https://shop.example", std::chrono::seconds{60}).value();
        use({&cors});
        auto response = http::problem(why);
        gateway_.complete_refusal(request, why, response);
        return response;
    }
};

TEST_F(GatewayRefusal, a_page_of_an_allowed_origin_may_read_it) {
    const auto response = complete("application/json", http::Version::http_1_1, kTooLarge);
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.headers.find("access-control-allow-origin"), "https://shop.example");
}

TEST_F(GatewayRefusal, a_grpc_client_gets_a_status_of_grpc) {
    for (const auto* reason : {"BODY_TOO_LARGE", "HEADER_TOO_LARGE"}) {
        const auto response = complete("application/grpc", http::Version::http_2, {Code::invalid_argument, reason, "too large"});
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.content_type, "application/grpc");
        EXPECT_EQ(response.trailers.find("grpc-status"), "8") << reason;
        EXPECT_EQ(response.headers.find("access-control-allow-origin"), "https://shop.example");
    }
    const auto key =
        complete("application/grpc+proto", http::Version::http_2, {Code::invalid_argument, "INVALID_IDEMPOTENCY_KEY", "no"});
    EXPECT_EQ(key.trailers.find("grpc-status"), "3");
    const auto web = complete("application/grpc-web", http::Version::http_1_1, kTooLarge);
    EXPECT_EQ(web.status, 200);
    EXPECT_TRUE(web.content_type.starts_with("application/grpc-web"));
}

TEST_F(GatewayRefusal, a_body_of_json_has_no_second_limit) {
    http::Request request{.method = "POST", .path = "/api/users"};
    request.headers.add("content-type", "application/json");
    request.body = R"({"email":"a@example.com","name":"A"})" + std::string(2 * 1024 * 1024, ' ');
    EXPECT_EQ(ask(std::move(request)).status, 200);
}

TEST_F(GatewayRefusal, a_request_beyond_the_limit_of_its_method_is_refused_before_it_is_read) {
    EXPECT_TRUE(gateway_.add(::sample::product_service_routes(), *channel_));
    const std::string body = R"({"delta":1,"reason":"x"})";
    const auto padded = [&body](std::size_t size) { return body + std::string(size - body.size(), ' '); };
    EXPECT_NE(send("POST", "/api/products/cup/stock", padded(100)).status, 413);
    const auto refused = send("POST", "/api/products/cup/stock", padded(101));
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(code(refused), "BODY_TOO_LARGE");
    http::Request call{.method = "POST", .path = "/sample.ProductService/AdjustStock", .version = http::Version::http_2};
    call.headers.add("content-type", "application/grpc");
    call.body = std::string{"\0\0\0\0\x65", 5} + std::string(101, 'a');
    EXPECT_EQ(ask(std::move(call)).trailers.find("grpc-status"), "8");
}

}  // namespace
}  // namespace tw::gateway
