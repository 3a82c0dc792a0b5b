#include "kit/runtime/ops/requests_page.hpp"

#include "kit/http/problem.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"

#include <cstdint>
#include <string_view>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

namespace json = boost::json;

constexpr std::string_view kHttpActive = "http.server.active_requests";

json::object in_flight(const std::vector<telemetry::MetricPoint>& points) {
    json::object found;
    const auto add = [&found](std::string_view kind, double value) {
        auto& sum = found[kind];
        sum = (sum.is_int64() ? sum.get_int64() : 0) + static_cast<std::int64_t>(value);
    };
    for (const auto& point : points) {
        if (point.instrument->name == kHttpActive) add("http", point.value);
        if (point.instrument == &kActiveCalls) add("rpc", point.value);
    }
    return found;
}

}  // namespace

Task<http::Response> requests_page(const CallContext& ctx, const MeterRegistry& registry) {
    auto collecting = registry.collect(ctx);
    const auto sources = co_await std::move(collecting);
    if (!sources) co_return http::problem(sources.error(), ctx.trace(), "/requests");
    json::object services;
    for (const auto& [source, points] : *sources) {
        if (auto found = in_flight(points); !found.empty()) {
            services.emplace(registry.resource(source).text("service.name"), std::move(found));
        }
    }
    co_return http::Response{.body = json::serialize(services), .route = "/requests"};
}

}  // namespace tw::runtime
