#include "kit/http/server/server_metrics.hpp"

#include "kit/http/server/testing.hpp"
#include "kit/http/telemetry/http_metrics.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace tw::http {
namespace {

std::vector<telemetry::MetricPoint> points_of(telemetry::Meter& meter, const telemetry::Instrument& instrument) {
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    std::erase_if(points, [&](const auto& point) { return point.instrument != &instrument; });
    return points;
}

std::string value(const telemetry::MetricPoint& point, std::string_view key) {
    for (const auto& [name, held] : point.attributes) {
        if (name != key) continue;
        if (std::holds_alternative<std::int64_t>(held)) return std::to_string(std::get<std::int64_t>(held));
        return std::get<std::string>(held);
    }
    return "";
}

Task<Response> hello(const CallContext&, const Request& request) {
    Response response;
    response.route = request.path == "/hello" ? std::string_view{"/hello"} : std::string_view{};
    response.status = request.path == "/down" ? 503 : 200;
    response.body = "12345";
    co_return response;
}

TEST(ServerMetrics, a_request_is_measured_by_route_method_and_status) {
    testing::Bench bench{hello};
    bench.converse({"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                    "PUT /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"});
    const auto durations = points_of(bench.meter, kServerRequestDuration);
    ASSERT_EQ(durations.size(), 2U);
    EXPECT_EQ(durations[0].count, 2U);
    EXPECT_EQ(value(durations[0], "http.route"), "/hello");
    EXPECT_EQ(value(durations[0], "http.request.method"), "GET");
    EXPECT_EQ(value(durations[0], "http.response.status_code"), "200");
    EXPECT_EQ(value(durations[0], "network.protocol.version"), "1.1");
    EXPECT_EQ(value(durations[0], "url.scheme"), "http");
    EXPECT_EQ(value(durations[0], "error.type"), "");
    EXPECT_EQ(points_of(bench.meter, kServerRequestBodySize).at(1).sum, 3);
    EXPECT_EQ(points_of(bench.meter, kServerResponseBodySize).at(0).sum, 10);
}

TEST(ServerMetrics, a_failure_of_the_server_bears_its_error_type) {
    testing::Bench bench{hello};
    bench.converse({"GET /down HTTP/1.1\r\nHost: a\r\n\r\n"});
    const auto point = points_of(bench.meter, kServerRequestDuration).at(0);
    EXPECT_EQ(value(point, "error.type"), "UNAVAILABLE");
    EXPECT_EQ(value(point, "http.route"), "");
}

TEST(ServerMetrics, methods_that_a_client_invents_are_one_series) {
    testing::Bench bench{hello};
    bench.converse({"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "STEAM / HTTP/1.1\r\nHost: a\r\n\r\n"});
    const auto durations = points_of(bench.meter, kServerRequestDuration);
    ASSERT_EQ(durations.size(), 1U);
    EXPECT_EQ(value(durations[0], "http.request.method"), "_OTHER");
}

TEST(ServerMetrics, a_request_that_is_refused_for_its_form_counts) {
    testing::Bench bench{hello};
    bench.converse({"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"});
    const auto durations = points_of(bench.meter, kServerRequestDuration);
    ASSERT_EQ(durations.size(), 1U);
    EXPECT_EQ(value(durations[0], "http.request.method"), "_OTHER");
    EXPECT_EQ(value(durations[0], "http.response.status_code"), "400");
}

TEST(ServerMetrics, requests_are_active_while_the_handler_runs_and_not_afterwards) {
    telemetry::Meter* meter = nullptr;
    double meanwhile = 0;
    testing::Bench bench{[&](const CallContext& ctx, const Request& request) {
        meanwhile = points_of(*meter, kServerActiveRequests).at(0).value;
        return hello(ctx, request);
    }};
    meter = &bench.meter;
    bench.converse({"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"});
    EXPECT_EQ(meanwhile, 1);
    EXPECT_EQ(points_of(bench.meter, kServerActiveRequests).at(0).value, 0);
}

TEST(ServerMetrics, an_exemplar_names_the_trace_of_the_request) {
    testing::Bench bench{hello};
    bench.converse(
        {"GET /hello HTTP/1.1\r\nHost: a\r\n"
         "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n"});
    const auto point = points_of(bench.meter, kServerRequestDuration).at(0);
    const auto kept = std::ranges::find_if(point.exemplars, [](const auto& each) { return each.set(); });
    ASSERT_NE(kept, point.exemplars.end());
    EXPECT_EQ(kept->trace_id[0], 0x0a);
    EXPECT_EQ(kept->trace_id[15], 0x9c);
}

}  // namespace
}  // namespace tw::http
