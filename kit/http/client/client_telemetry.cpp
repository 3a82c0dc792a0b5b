#include "kit/http/client/client_telemetry.hpp"

#include "kit/http/telemetry/http_metrics.hpp"
#include "kit/http/telemetry/known_method.hpp"
#include "kit/net/address.hpp"

#include <chrono>

namespace tw::http {
namespace {

constexpr int kFirstError = 400;

}  // namespace

ClientTelemetry::ClientTelemetry(telemetry::Telemetry telemetry, const std::string& authority, bool secure)
    : telemetry_{telemetry}, base_url_{(secure ? "https://" : "http://") + authority}, host_{authority} {
    if (auto address = net::Address::parse(authority)) {
        host_ = std::move(address->host);
        port_ = address->port;
    }
}

telemetry::Span ClientTelemetry::start(const CallContext& ctx, const ClientRequest& request) const {
    const auto method = known_method(request.method);
    const bool known = method == request.method;
    auto span = telemetry_.tracer.start(ctx, known ? method : std::string_view{"HTTP"}, telemetry::SpanKind::client);
    if (!span.recording()) return span;
    span.set("http.request.method", method);
    if (!known) span.set("http.request.method_original", std::string_view{request.method});
    // Queries may hold secrets, so they are cut off. Url::parse refuses credentials.
    const auto url = base_url_ + request.target.substr(0, request.target.find('?'));
    span.set("url.full", std::string_view{url});
    span.set("server.address", std::string_view{host_});
    if (port_ != 0) span.set("server.port", port_);
    return span;
}

void ClientTelemetry::finish(telemetry::Span& span, const ClientRequest& request, const Result<ClientResponse>& outcome,
                             SteadyTime started) {
    const auto& ctx = span.context();
    const std::chrono::duration<double> took = ctx.loop().now() - started;
    const Key key{.status = outcome ? outcome->status : 0,
                  .error = outcome ? Code::ok : outcome.error().code(),
                  .method = static_cast<std::uint8_t>(method_index(request.method)),
                  .version = outcome ? outcome->version : Version::http_1_1};
    const auto& series = duration(key);
    if (series.takes_exemplar(ctx.trace())) {
        series.record(took.count(), ctx.trace(), clock_.now());
    } else {
        series.record(took.count());
    }
    if (span.recording()) {
        if (outcome) {
            span.set("http.response.status_code", outcome->status);
            span.set("network.protocol.version", version_text(outcome->version));
            if (outcome->status >= kFirstError) {
                // The error has no description, since the status says everything (OpenTelemetry
                // semantic conventions, HTTP spans, "Status").
                span.fail(Error{Code::unknown, "", ""});
                const auto status = std::to_string(outcome->status);
                span.set("error.type", std::string_view{status});
            }
        } else {
            span.fail(outcome.error());
        }
    }
    span.end();
}

telemetry::Histogram& ClientTelemetry::duration(const Key& key) {
    if (const auto found = durations_.find(key); found != durations_.end()) return found->second;
    telemetry::MetricAttributes attributes{{"http.request.method", std::string{kKnownMethods[key.method]}},
                                           {"server.address", host_}};
    if (port_ != 0) attributes.emplace_back("server.port", std::int64_t{port_});
    if (key.status != 0) {
        attributes.emplace_back("http.response.status_code", std::int64_t{key.status});
        attributes.emplace_back("network.protocol.version", std::string{version_text(key.version)});
    }
    if (key.status >= kFirstError) attributes.emplace_back("error.type", std::to_string(key.status));
    if (key.status == 0) attributes.emplace_back("error.type", std::string{code_name(key.error)});
    auto series = telemetry_.meter.histogram_with(kClientRequestDuration, std::move(attributes));
    return durations_.emplace(key, series).first->second;
}

}  // namespace tw::http
