#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/async/run.hpp"
#include "kit/base/url_text.hpp"
#include "kit/http/client.hpp"
#include "kit/net/connect.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::chrono::seconds kCollectorTimeMax{3};

Task<Result<void>> connect_to(EventLoop& loop, net::Address address) {
    RootCall call{loop};
    const auto stream = co_await net::connect(call.context(), loop, address, kCollectorTimeMax);
    if (!stream) co_return stream.error();
    (*stream)->close();
    co_return Result<void>{};
}

Task<Result<int>> send_nothing(EventLoop& loop, http::Client& client, http::ClientRequest request) {
    RootCall call{loop, Deadline::after(loop.now(), kCollectorTimeMax)};
    const auto answer = co_await client.send(call.context(), std::move(request));
    if (!answer) co_return answer.error();
    co_return answer->status;
}

/// Sends an export request without any telemetry in it, which a receiver accepts.
Result<void> export_nothing(Instruments& tools, const otlp::SignalExport& signal, const http::Url& url) {
    http::ClientOptions options;
    if (url.tls && !signal.certificate.empty()) {
        auto tls = net::TlsContext::make_client(
            {.ca = signal.certificate, .identity = {signal.client_certificate, signal.client_key}, .alpn = {"h2", "http/1.1"}});
        if (!tls) return std::move(tls).error();
        options.tls = std::move(*tls);
    }
    const auto client = http::Client::make(tools.loop, url, options);
    if (!client) return client.error();
    const bool json = signal.protocol == otlp::Protocol::http_json;
    http::ClientRequest request{.method = "POST",
                                .target = url.target,
                                .headers = {},
                                .content_type = json ? "application/json" : "application/x-protobuf",
                                .body = json ? "{}" : ""};
    for (const auto& [name, value] : signal.headers) request.headers.add(name, value.reveal());
    const auto status = run_until_done(tools.loop, send_nothing(tools.loop, **client, std::move(request)));
    if (!status) return status.error();
    if (*status / 100 == 2) return {};
    return unavailable(fmt::format("it answers with status {}", *status));
}

void check_endpoint(Instruments& tools, const otlp::SignalExport& signal, bool optional, Findings& findings) {
    const auto shown = printable_url(signal.endpoint);
    findings.begin("asking " + shown, optional ? CheckState::warn : CheckState::fail);
    const auto url = http::Url::parse(signal.endpoint);
    if (!url) return findings.fail(shown + " is no URL", "correct telemetry.otlp_endpoint or OTEL_EXPORTER_OTLP_ENDPOINT");
    const bool grpc = signal.protocol == otlp::Protocol::grpc;
    const auto reached =
        grpc ? run_until_done(tools.loop, connect_to(tools.loop, url->address)) : export_nothing(tools, signal, *url);
    if (reached) return findings.ok(fmt::format("{} {}", shown, grpc ? "accepts connections" : "accepts telemetry"));
    const auto& error = reached.error();
    auto what = fmt::format("{} does not take telemetry: {}", shown, error.cause().empty() ? error.detail() : error.cause());
    const auto remedy = "start the collector, or correct telemetry.otlp_endpoint or OTEL_EXPORTER_OTLP_ENDPOINT";
    optional ? findings.warn(std::move(what), remedy) : findings.fail(std::move(what), remedy);
}

}  // namespace

void check_collector(const Setup& setup, Findings& findings) {
    const auto parsed = runtime::otlp_settings(setup.config, runtime::environment());
    for (const auto& warning : parsed.warnings) findings.warn(warning, "correct the variable, or remove it");
    Instruments tools;
    std::set<std::string> seen;
    for (const auto* signal : {&parsed.settings.traces, &parsed.settings.metrics, &parsed.settings.logs}) {
        if (parsed.settings.disabled || signal->exporter != otlp::ExporterKind::otlp) continue;
        if (!seen.insert(signal->endpoint).second) continue;
        check_endpoint(tools, *signal, parsed.settings.receiver_optional, findings);
    }
    if (seen.empty()) findings.skipped("no collector is set (telemetry.otlp_endpoint, OTEL_EXPORTER_OTLP_ENDPOINT)");
}

}  // namespace tw::app
