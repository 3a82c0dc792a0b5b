#include "kit/runtime/ops/telemetry_page.hpp"

#include "kit/base/url_text.hpp"

#include <array>
#include <string>
#include <utility>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

namespace json = boost::json;
using telemetry::Signal;

std::string_view exporter_name(otlp::ExporterKind kind) {
    constexpr std::array<std::string_view, 4> kNames{"none", "otlp", "console", "file"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string_view protocol_name(otlp::Protocol protocol) {
    constexpr std::array<std::string_view, 3> kNames{"grpc", "http/protobuf", "http/json"};
    return kNames[static_cast<std::size_t>(protocol)];
}

json::value time_or_null(Timestamp when) {
    if (when.unix_micros() == 0) return nullptr;
    return json::string{when.to_string()};
}

json::object target(const TelemetryExport& exports, Signal signal) {
    const auto& settings = exports.settings();
    const auto& wanted = settings.of(signal);
    if (settings.disabled) return {{"exporter", "none"}};
    json::object out{{"exporter", exporter_name(wanted.exporter)}};
    if (wanted.exporter == otlp::ExporterKind::otlp) {
        out.emplace("protocol", protocol_name(wanted.protocol));
        out.emplace("endpoint", printable_url(wanted.endpoint));
    }
    if (wanted.exporter == otlp::ExporterKind::file) out.emplace("file", settings.file_path);
    return out;
}

json::object progress(const otlp::ExporterStats& stats) {
    json::object dropped;
    for (std::size_t i = 0; i < otlp::kDropReasons; ++i) {
        dropped.emplace(otlp::drop_reason_name(static_cast<otlp::DropReason>(i)), stats.dropped[i]);
    }
    json::value error;
    if (!stats.last_error.empty()) {
        error = {{"text", stats.last_error}, {"at", time_or_null(stats.last_error_at)}};
    }
    return {{"queued", {{"records", stats.queued}, {"bytes", stats.queued_bytes}}},
            {"inflight", stats.inflight},
            {"requests", stats.requests},
            {"exported", stats.exported},
            {"dropped", std::move(dropped)},
            {"last_export_at", time_or_null(stats.last_export_at)},
            {"last_error", std::move(error)}};
}

}  // namespace

http::Response telemetry_page(const TelemetryExport& exports) {
    json::object signals;
    for (const auto signal : {Signal::traces, Signal::metrics, Signal::logs}) {
        auto entry = target(exports, signal);
        const auto stats = exports.stats(signal);
        // An exporter that was wanted and cannot be used is said to be unusable by the log.
        entry.emplace("active", stats.enabled);
        if (stats.enabled) {
            for (auto& [key, value] : progress(stats)) entry.emplace(key, std::move(value));
        }
        signals.emplace(otlp::signal_name(signal), std::move(entry));
    }
    const auto& settings = exports.settings();
    const json::object page{
        {"disabled", settings.disabled}, {"sampler", settings.sampler.description()}, {"signals", std::move(signals)}};
    return {.body = json::serialize(page)};
}

}  // namespace tw::runtime
