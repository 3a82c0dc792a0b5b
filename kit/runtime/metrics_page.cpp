#include "kit/runtime/metrics_page.hpp"

#include "kit/http/problem.hpp"
#include "kit/otlp/gzip.hpp"
#include "kit/telemetry/prometheus.hpp"
#include "kit/telemetry/prometheus_accept.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace tw::runtime {
namespace {

/// Scrapers wait ten seconds by default.
constexpr std::chrono::seconds kCollectTimeMax{5};

std::string write_page(const std::vector<telemetry::ServiceMetrics>& services, telemetry::PrometheusFormat format,
                       bool compressed) {
    auto page = telemetry::prometheus_page(services, format);
    return compressed ? otlp::gzip(page) : page;
}

}  // namespace

Task<http::Response> MetricsPage::answer(const CallContext& ctx, const http::Request& request) const {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kCollectTimeMax), &ctx.scope()};
    const auto collecting = ctx.with_scope(scope);
    // The process's loops last longer than anything that runs on them; nobody has to own this one.
    std::shared_ptr<EventLoop> home{std::shared_ptr<void>{}, &ctx.loop()};
    auto collect = board_.meters().collect(collecting, std::move(home));
    auto sources = co_await std::move(collect);
    if (scope.error()) co_return http::problem(unavailable("a loop did not answer in time"), ctx.trace(), request.path);

    std::vector<telemetry::ServiceMetrics> services;
    for (auto& [source, points] : sources) services.push_back({&board_.resource(source), std::move(points)});
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
