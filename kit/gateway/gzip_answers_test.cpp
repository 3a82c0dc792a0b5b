#include "kit/gateway/gzip_answers.hpp"

#include "kit/base/gzip.hpp"
#include "kit/gateway/calls/gateway_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::gateway {
namespace {

TEST(PrefersGzip, by_the_weights_of_the_client) {
    for (const auto* const field :
         {"gzip", "GZIP", "x-gzip", "gzip;q=0.5", "deflate, gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*",
          "gzip;q=1, identity;q=0.5", "gzip ; q=0.001", "identity;q=0, *", "gzip;q=1.000", "gzip;q=0.5, identity;q=0.5"}) {
        EXPECT_TRUE(prefers_gzip(field)) << field;
    }
    for (const auto* const field : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
                                    "gzip;q=0.4, identity", "gzip;q=2", "gzip;q=x", "gzip;level=1", "gzip;q=1.5", "gzipped"}) {
        EXPECT_FALSE(prefers_gzip(field)) << field;
    }
}

class GzipAnswersTest : public GatewayTest {
 protected:
    GzipAnswersTest() { use({&gzip_, &conditional_requests_}); }

    http::Response get_with(std::string path, std::vector<std::pair<std::string, std::string>> fields) {
        http::Request request{.method = "GET", .path = std::move(path)};
        for (auto& [name, value] : fields) request.headers.add(name, value);
        return ask(std::move(request));
    }
    static std::string unpacked(const http::Response& response) {
        std::string text;
        EXPECT_TRUE(gunzip(response.body, 1 << 20, text));
        return text;
    }

    const std::string long_id_ = std::string(300, 'a');
    const std::string path_ = "/api/users/" + long_id_;
    GzipAnswers gzip_{256};
};

TEST_F(GzipAnswersTest, a_long_answer_is_compressed_and_has_a_tag_of_its_own) {
    const auto plain = get_with(path_, {});
    EXPECT_EQ(header(plain, "content-encoding"), "");
    EXPECT_EQ(header(plain, "vary"), "Accept-Encoding");
    EXPECT_EQ(header(plain, "etag"), "\"7\"");
    const auto packed = get_with(path_, {{"Accept-Encoding", "br, gzip;q=0.5"}});
    EXPECT_EQ(header(packed, "content-encoding"), "gzip");
    EXPECT_EQ(header(packed, "vary"), "Accept-Encoding");
    EXPECT_EQ(header(packed, "etag"), "\"7-gzip\"");
    EXPECT_LT(packed.body.size(), plain.body.size());
    EXPECT_EQ(unpacked(packed), plain.body);
}

TEST_F(GzipAnswersTest, a_short_answer_is_sent_as_it_is) {
    const auto answer = get_with("/api/users/one", {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(header(answer, "content-encoding"), "");
    EXPECT_EQ(header(answer, "vary"), "");
}

TEST_F(GzipAnswersTest, the_tag_of_the_compressed_form_is_known_by_preconditions) {
    const auto same = get_with(path_, {{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"7-gzip\""}});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(header(same, "etag"), "\"7-gzip\"");
    EXPECT_EQ(header(get_with(path_, {{"If-None-Match", "\"7\""}}), "etag"), "\"7\"");
    EXPECT_EQ(get_with(path_, {{"If-None-Match", "\"6-gzip\""}}).status, 200);
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"name":"A"})", "\"7-gzip\"").status, 200);
    EXPECT_EQ(users_.updated.expected_version(), 7);
    EXPECT_EQ(send("PATCH", "/api/users/abc", R"({"name":"A"})", "\"6-gzip\"").status, 412);
}

TEST_F(GzipAnswersTest, what_is_encoded_streamed_or_grpc_is_left_alone) {
    http::Request request;
    request.headers.add("accept-encoding", "gzip");
    const auto encoding = [&](http::Response response) {
        response.body = std::string(1000, 'a');
        gzip_.on_answer(request, nullptr, response);
        return response.headers.joined("content-encoding");
    };
    http::Response encoded;
    encoded.headers.add("Content-Encoding", "br");
    EXPECT_EQ(encoding({}), "gzip");
    EXPECT_EQ(encoding(encoded), "br");
    EXPECT_EQ(encoding({.content_type = "application/grpc-web+proto"}), "");
}

/// Answers with an order that has a key.
class SecretOrders final : public ::sample::OrderService {
 public:
    Task<Result<::sample::Order>> create_order(const CallContext&, const ::sample::CreateOrderRequest&) override {
        ::sample::Order order;
        order.mutable_access()->set_key(std::string(1000, 'k'));
        co_return order;
    }
};

TEST_F(GzipAnswersTest, an_answer_with_a_secret_is_neither_compressed_nor_stored) {
    SecretOrders orders;
    table_.add(orders, telemetry_.get());
    http::Request request{.method = "POST", .path = "/api/orders", .body = "{}"};
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept-Encoding", "gzip");
    const auto answer = ask(std::move(request));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(header(answer, "content-encoding"), "");
    EXPECT_EQ(header(answer, "cache-control"), "no-store");
    EXPECT_THAT(answer.body, testing::HasSubstr("kkkk"));
}

}  // namespace
}  // namespace tw::gateway
