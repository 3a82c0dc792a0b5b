#include "kit/runtime/ops/metrics_page.hpp"

#include "kit/base/gzip.hpp"
#include "kit/http/problem.hpp"
#include "kit/telemetry/prometheus.hpp"
#include "kit/telemetry/prometheus_accept.hpp"

#include <utility>
#include <vector>

namespace tw::runtime {
namespace {

std::string write_page(const std::vector<telemetry::ServiceMetrics>& services, telemetry::PrometheusFormat format,
                       bool compressed) {
    auto page = telemetry::prometheus_page(services, format);
    return compressed ? gzip(page) : page;
}

}  // namespace

Task<http::Response> MetricsPage::answer(const CallContext& ctx, const http::Request& request) const {
    auto collecting = registry_.collect(ctx);
    auto sources = co_await std::move(collecting);
    if (!sources) co_return http::problem(sources.error(), ctx.trace(), request.path);

    std::vector<telemetry::ServiceMetrics> services;
    for (auto& [source, points] : *sources) services.push_back({&registry_.resource(source), std::move(points)});
    const auto format = telemetry::choose_prometheus_format(request.headers.joined("accept"));
    const bool compressed = telemetry::accepts_gzip(request.headers.joined("accept-encoding"));
    // Thousands of series take milliseconds to write, which is too long for a loop that serves.
    auto writing = workers_.run(
        ctx.loop(), [services = std::move(services), format, compressed] { return write_page(services, format, compressed); });
    http::Response response;
    response.body = co_await writing;
    response.content_type = telemetry::content_type(format);
    response.route = "/metrics";
    response.headers.add("vary", "accept, accept-encoding");
    if (compressed) response.headers.add("content-encoding", "gzip");
    co_return response;
}

}  // namespace tw::runtime
