#include "kit/http/server/server_metrics.hpp"

#include "kit/http/telemetry/http_metrics.hpp"

#include <utility>

namespace tw::http {
namespace {

std::string_view scheme(bool secure) { return secure ? "https" : "http"; }

}  // namespace

void ServerMetrics::record(const Exchange& exchange, const TraceContext& trace) {
    auto& series = this->series(exchange);
    if (series.duration.takes_exemplar(trace)) {
        series.duration.record(exchange.seconds, trace, clock_.now());
    } else {
        series.duration.record(exchange.seconds);
    }
    series.request_body.record(static_cast<double>(exchange.request_body_bytes));
    series.response_body.record(static_cast<double>(exchange.response_body_bytes));
}

void ServerMetrics::record_stream(std::string_view route, std::string_view end, double seconds) {
    const telemetry::MetricAttributes attributes{{"http.route", std::string{route}}, {"tw.http.stream.end", std::string{end}}};
    meter_.histogram_with(kServerStreamDuration, attributes).record(seconds);
}

telemetry::Counter& ServerMetrics::active(std::string_view method, bool secure) {
    const auto index = method_index(method);
    auto& counter = active_[2 * index + (secure ? 1 : 0)];
    if (!counter) {
        counter.emplace(meter_.counter(kServerActiveRequests,
                                       {{"http.request.method", kKnownMethods[index]}, {"url.scheme", scheme(secure)}}));
    }
    return *counter;
}

ServerMetrics::Series& ServerMetrics::series(const Exchange& exchange) {
    const auto method = method_index(exchange.method);
    const Key key{exchange.route, exchange.status, static_cast<std::uint8_t>(method), exchange.version, exchange.secure};
    if (const auto found = series_.find(key); found != series_.end()) return found->second;
    return series_.emplace(key, bind(exchange, kKnownMethods[method])).first->second;
}

ServerMetrics::Series ServerMetrics::bind(const Exchange& exchange, std::string_view method) {
    telemetry::MetricAttributes attributes{{"http.request.method", std::string{method}},
                                           {"http.response.status_code", std::int64_t{exchange.status}},
                                           {"network.protocol.version", std::string{version_text(exchange.version)}},
                                           {"url.scheme", std::string{scheme(exchange.secure)}}};
    if (!exchange.route.empty()) attributes.emplace_back("http.route", std::string{exchange.route});
    if (!exchange.error.empty()) attributes.emplace_back("error.type", std::string{exchange.error});
    return {meter_.histogram_with(kServerRequestDuration, attributes), meter_.histogram_with(kServerRequestBodySize, attributes),
            meter_.histogram_with(kServerResponseBodySize, attributes)};
}

}  // namespace tw::http
