#include "kit/http/edge_options.hpp"

#include "kit/http/server/http2_fields.hpp"
#include "kit/http/server/request_id.hpp"
#include "kit/http/server/testing.hpp"
#include "kit/telemetry/collected_spans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests what a port does for the clients of the Internet, by HTTP/1.1: trusted proxies, ids of
// requests, and fields of all answers.
namespace tw::http {
namespace {

using testing::Bench;
using testing::echo;
using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTraceparent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

EdgeOptions edge(std::string_view proxies = "") {
    return {.proxies = TrustedProxies::of(proxies, ProxyHeader::x_forwarded).value(), .fields = {}, .request_ids = true};
}

/// Talks to a port with these options from 192.0.2.7.
std::string converse(EdgeOptions options, std::string request, telemetry::CollectedSpans* spans = nullptr,
                     std::vector<std::string>* log = nullptr) {
    Bench bench{echo, {}, spans, {}, {.edge = std::move(options)}};
    auto output = bench.converse({std::move(request)});
    if (log != nullptr) *log = bench.log.lines;
    return output;
}

TEST(RequestIdTest, a_well_formed_id_of_the_client_is_answered_and_recorded) {
    telemetry::CollectedSpans spans;
    std::vector<std::string> log;
    EXPECT_THAT(converse(edge(), get("/", "X-Request-ID: order-7/retry.2\r\n"), &spans, &log),
                HasSubstr("\r\nx-request-id: order-7/retry.2\r\n"));
    EXPECT_EQ(spans.spans().at(0).text("tw.http.request.id"), "order-7/retry.2");
    EXPECT_THAT(log.at(0), HasSubstr(R"("tw.http.request.id":"order-7/retry.2")"));
}

TEST(RequestIdTest, without_one_the_id_is_that_of_the_trace) {
    EXPECT_THAT(converse(edge(), get("/", kTraceparent)), HasSubstr("\r\nx-request-id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n"));
    EXPECT_THAT(converse(edge(), get("/")), Not(HasSubstr("x-request-id: 00000000")));
}

TEST(RequestIdTest, an_id_that_is_malformed_or_too_long_is_replaced) {
    for (const auto& id : {std::string{"a b"}, std::string{"a\"b"}, std::string{"<x>"}, std::string(129, 'a'), std::string{}}) {
        EXPECT_THAT(converse(edge(), get("/", "X-Request-Id: " + id + "\r\n" + std::string{kTraceparent})),
                    HasSubstr("\r\nx-request-id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n"))
            << id;
    }
    EXPECT_TRUE(is_request_id(std::string(128, 'a')));
}

TEST(RequestIdTest, a_port_without_ids_answers_none) {
    EXPECT_THAT(converse({}, get("/", "X-Request-Id: a\r\n")), Not(HasSubstr("x-request-id")));
}

TEST(FixedFieldsTest, all_answers_have_them_and_so_have_refusals) {
    auto options = edge();
    options.fields.add("x-content-type-options", "nosniff").add("cache-control", "no-cache");
    EXPECT_THAT(converse(options, get("/")), HasSubstr("\r\nx-content-type-options: nosniff\r\ncache-control: no-cache\r\n"));
    EXPECT_THAT(converse(options, "GET / HTTP/1.1\r\n\r\n"), HasSubstr("\r\nx-content-type-options: nosniff\r\n"));
}

TEST(FixedFieldsTest, an_answers_own_field_is_kept_and_grpc_has_none) {
    FixedFields fields;
    fields.add("cache-control", "no-cache").add("x-a", "1");
    const auto names = [&fields](const Response& response) {
        std::string all;
        fields.for_each_in(response, [&all](const FixedFields::Field& field) { all += field.name + ' '; });
        return all;
    };
    Response own;
    own.headers.add("Cache-Control", "no-store");
    EXPECT_EQ(names({}), "cache-control x-a ");
    EXPECT_EQ(names(own), "x-a ");
    EXPECT_EQ(names({.content_type = "application/grpc-web+proto"}), "");
    const Http2ResponseFields http2{own, {.date = "d", .fixed = &fields, .request_id = "id-1"}};
    std::string all;
    for (const auto& field : http2.get()) all += std::string{field.name} + '=' + std::string{field.value} + ' ';
    EXPECT_THAT(all, HasSubstr("cache-control=no-store x-request-id=id-1 x-a=1 "));
}

/// Returns the address of the client in the handler's context, in the span and in the log.
std::string seen_client(std::string_view proxies, std::string fields) {
    telemetry::CollectedSpans spans;
    std::string address;
    Bench bench{[&address](const CallContext& ctx, const Request&) -> Task<Response> {
                    address = ctx.attributes().peer;
                    co_return Response{};
                },
                {},
                &spans,
                {},
                {.edge = edge(proxies)}};
    bench.converse({get("/", fields)});
    EXPECT_EQ(spans.spans().at(0).text("client.address"), address);
    EXPECT_THAT(bench.log.lines.at(0), HasSubstr(R"("client.address":")" + address + '"'));
    return address + ' ' + spans.spans().at(0).text("url.scheme").value_or("");
}

TEST(TrustedProxyTest, a_trusted_proxy_says_who_the_client_is) {
    const std::string fields = "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\nX-Forwarded-Proto: https\r\n";
    EXPECT_EQ(seen_client("192.0.2.0/24", fields), "198.51.100.1 https");
    EXPECT_EQ(seen_client("192.0.2.0/24, 198.51.100.1", fields), "203.0.113.9 https");
    EXPECT_EQ(seen_client("192.0.2.0/24", ""), "192.0.2.7 http");
}

TEST(TrustedProxyTest, nobody_else_does) {
    const std::string fields = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nForwarded: for=203.0.113.9\r\n";
    EXPECT_EQ(seen_client("", fields), "192.0.2.7 http");
    EXPECT_EQ(seen_client("10.0.0.0/8", fields), "192.0.2.7 http");
}

TEST(TrustedProxyTest, the_requests_of_one_connection_have_different_clients) {
    telemetry::CollectedSpans spans;
    Bench bench{echo, {}, &spans, {}, {.edge = edge("192.0.2.7")}};
    bench.converse({get("/", "X-Forwarded-For: 203.0.113.1\r\n") + get("/", "X-Forwarded-For: 203.0.113.2\r\n") + get("/")});
    EXPECT_EQ(spans.spans().at(0).text("client.address"), "203.0.113.1");
    EXPECT_EQ(spans.spans().at(1).text("client.address"), "203.0.113.2");
    EXPECT_EQ(spans.spans().at(2).text("client.address"), "192.0.2.7");
}

}  // namespace
}  // namespace tw::http
