#include "kit/otlp/settings.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/client/client_url.hpp"
#include "kit/otlp/environment.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

using telemetry::Signal;

struct SignalNames {
    Signal signal;
    std::string_view variable;  ///< as in OTEL_TRACES_EXPORTER
    std::string_view path;      ///< of OTLP/HTTP
};
constexpr std::array kSignals{SignalNames{Signal::traces, "TRACES", "/v1/traces"},
                              SignalNames{Signal::metrics, "METRICS", "/v1/metrics"},
                              SignalNames{Signal::logs, "LOGS", "/v1/logs"}};

/// The variable of an OTLP option: the signal's own where it is set, otherwise the one for all signals.
std::string option(Environment& env, const SignalNames& names, std::string_view name) {
    const auto own = fmt::format("OTEL_EXPORTER_OTLP_{}_{}", names.variable, name);
    const auto general = fmt::format("OTEL_EXPORTER_OTLP_{}", name);
    // Both are asked for, so that neither counts as unknown.
    const bool has_general = env.has(general);
    return env.has(own) || !has_general ? own : general;
}

/// What OTEL_{TRACES,METRICS,LOGS}_EXPORTER says; nothing where it says nothing.
std::optional<ExporterKind> exporter_of(Environment& env, const SignalNames& names, Settings& settings) {
    const auto variable = fmt::format("OTEL_{}_EXPORTER", names.variable);
    std::optional<ExporterKind> chosen;
    for (const auto& name : env.list(variable)) {
        if (name == "prometheus" && names.signal == Signal::metrics) {
            settings.prometheus = true;
            if (!chosen) chosen = ExporterKind::none;
            continue;
        }
        std::optional<ExporterKind> kind;
        if (name == "none") kind = ExporterKind::none;
        if (name == "otlp") kind = ExporterKind::otlp;
        if (name == "console" || name == "logging") kind = ExporterKind::console;
        if (name == "file" || name == "otlp_file") kind = ExporterKind::file;
        if (!kind) {
            env.bad(variable, name, "none");
            chosen = chosen.value_or(ExporterKind::none);
        } else if (chosen.value_or(ExporterKind::none) == ExporterKind::none) {
            chosen = kind;
        } else {
            env.warn(fmt::format("{}: one exporter beside prometheus is possible; \"{}\" is left out", variable, name));
        }
    }
    return chosen;
}

/// "http://host:4318/v1/traces" and the like without what a signal appends; "http://host:4318" as it is.
std::string_view without_signal_path(std::string_view url) {
    for (const auto& names : kSignals) {
        if (url.ends_with(names.path)) return url.substr(0, url.size() - names.path.size());
    }
    return url;
}

std::string joined(std::string_view base, std::string_view path) {
    while (base.ends_with('/')) base.remove_suffix(1);
    return std::string{base}.append(path);
}

/// The URL to call, before anybody has looked whether it is one. OTLP_ENDPOINT stands for the general endpoint.
std::string endpoint_of(Environment& env, const SignalNames& names, const SignalExport& out) {
    const auto own = env.text(fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", names.variable));
    const auto general = env.text("OTEL_EXPORTER_OTLP_ENDPOINT");
    const auto alias = env.text("OTLP_ENDPOINT");
    if (out.protocol == Protocol::grpc) {
        auto endpoint = std::string{own       ? *own
                                    : general ? *general
                                    : alias   ? without_signal_path(*alias)
                                              : "http://localhost:4317"};
        if (endpoint.find("://") == std::string::npos) endpoint.insert(0, out.insecure ? "http://" : "https://");
        return endpoint;
    }
    if (own) return std::string{*own};
    if (general) return joined(*general, names.path);
    return joined(alias ? without_signal_path(*alias) : "http://localhost:4318", names.path);
}

/// Where no variable names a protocol: what the usual port of the alias speaks. The specification's variables mean HTTP.
Protocol usual_protocol(Environment& env, const SignalNames& names) {
    const bool specified =
        env.has("OTEL_EXPORTER_OTLP_ENDPOINT") || env.has(fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", names.variable));
    auto alias = env.text("OTLP_ENDPOINT").value_or(std::string_view{});
    while (alias.ends_with('/')) alias.remove_suffix(1);
    return !specified && alias.ends_with(":4317") ? Protocol::grpc : Protocol::http_protobuf;
}

void read_otlp(Environment& env, const SignalNames& names, SignalExport& out) {
    constexpr Environment::Choice<Protocol> kProtocols[]{
        {"grpc", Protocol::grpc}, {"http/protobuf", Protocol::http_protobuf}, {"http/json", Protocol::http_json}};
    constexpr Environment::Choice<bool> kCompressions[]{{"none", false}, {"gzip", true}};
    out.protocol = env.choice(option(env, names, "PROTOCOL"), kProtocols, usual_protocol(env, names));
    out.timeout = env.millis(option(env, names, "TIMEOUT"), out.timeout, 1);
    out.gzip = env.choice(option(env, names, "COMPRESSION"), kCompressions, false);
    out.insecure = env.flag(option(env, names, "INSECURE"), false);
    out.certificate = env.text(option(env, names, "CERTIFICATE")).value_or("");
    out.client_key = env.text(option(env, names, "CLIENT_KEY")).value_or("");
    out.client_certificate = env.text(option(env, names, "CLIENT_CERTIFICATE")).value_or("");
    for (auto& [name, value] : env.pairs(option(env, names, "HEADERS"), true)) {
        out.headers.emplace_back(ascii_lower(name), Secret{std::move(value)});
    }
    out.endpoint = endpoint_of(env, names, out);
    if (const auto url = http::Url::parse(out.endpoint); !url) {
        out.endpoint = out.protocol == Protocol::grpc ? "http://localhost:4317" : joined("http://localhost:4318", names.path);
        env.warn(fmt::format("{}: {}; {} is used", option(env, names, "ENDPOINT"), url.error().detail(), out.endpoint));
    }
}

SignalExport& export_of(Settings& settings, Signal signal) {
    return signal == Signal::traces ? settings.traces : signal == Signal::metrics ? settings.metrics : settings.logs;
}

void read_exporters(Environment& env, Settings& settings) {
    bool collector_known = env.has("OTEL_EXPORTER_OTLP_ENDPOINT");
    collector_known = env.has("OTLP_ENDPOINT") || collector_known;
    std::array<std::optional<ExporterKind>, kSignals.size()> chosen;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        chosen[i] = exporter_of(env, kSignals[i], settings);
        collector_known = collector_known || chosen[i] == ExporterKind::otlp;
    }
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        auto& out = export_of(settings, kSignals[i].signal);
        read_otlp(env, kSignals[i], out);
        const bool own = env.has(fmt::format("OTEL_EXPORTER_OTLP_{}_ENDPOINT", kSignals[i].variable));
        out.exporter = chosen[i].value_or(collector_known || own ? ExporterKind::otlp : ExporterKind::none);
    }
    settings.file_path = env.text("OTEL_EXPORTER_OTLP_FILE_PATH").value_or("");
}

BatchSettings read_batch(Environment& env, std::string_view prefix, std::chrono::milliseconds schedule_delay) {
    constexpr std::uint64_t kRecordsMax = 10'000'000;
    const auto name = [prefix](std::string_view rest) { return fmt::format("OTEL_{}_{}", prefix, rest); };
    BatchSettings batch{.schedule_delay = schedule_delay};
    batch.schedule_delay = env.millis(name("SCHEDULE_DELAY"), schedule_delay, 1);
    batch.export_timeout = env.millis(name("EXPORT_TIMEOUT"), batch.export_timeout, 1);
    batch.queue_records_max = env.number(name("MAX_QUEUE_SIZE"), batch.queue_records_max, 1, kRecordsMax);
    batch.batch_records_max = env.number(name("MAX_EXPORT_BATCH_SIZE"), batch.batch_records_max, 1, kRecordsMax);
    if (batch.batch_records_max > batch.queue_records_max) {
        if (env.has(name("MAX_EXPORT_BATCH_SIZE"))) {
            env.warn(fmt::format("{}: a batch is no larger than its queue, and {} is; {} is used", name("MAX_EXPORT_BATCH_SIZE"),
                                 batch.batch_records_max, batch.queue_records_max));
        }
        batch.batch_records_max = batch.queue_records_max;
    }
    return batch;
}

void read_limits(Environment& env, Settings& settings) {
    constexpr auto kUnlimited = std::numeric_limits<std::size_t>::max();
    const auto count = env.number("OTEL_ATTRIBUTE_COUNT_LIMIT", 128);
    const auto length = env.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", kUnlimited);
    auto& spans = settings.span_limits;
    spans.attributes = {.count_max = env.number("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", count),
                        .value_bytes_max = env.number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", length)};
    spans.events_max = env.number("OTEL_SPAN_EVENT_COUNT_LIMIT", spans.events_max);
    spans.links_max = env.number("OTEL_SPAN_LINK_COUNT_LIMIT", spans.links_max);
    spans.event_attributes_max = env.number("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", spans.event_attributes_max);
    spans.link_attributes_max = env.number("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", spans.link_attributes_max);
    settings.log_limits = {.count_max = env.number("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", count),
                           .value_bytes_max = env.number("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", length)};
}

void read_sampler(Environment& env, Settings& settings) {
    constexpr std::string_view kSampler = "OTEL_TRACES_SAMPLER";
    constexpr std::string_view kArgument = "OTEL_TRACES_SAMPLER_ARG";
    const auto argument = env.text(kArgument).value_or(std::string_view{});
    const auto name = env.text(kSampler);
    if (!name) return;
    const auto lower = ascii_lower(*name);
    if (const auto sampler = telemetry::Sampler::parse(lower, argument)) {
        settings.sampler = *sampler;
    } else if (const auto whole = telemetry::Sampler::parse(lower, {})) {
        env.bad(kArgument, argument, "1.0");
        settings.sampler = *whole;
    } else {
        env.bad(kSampler, *name, "parentbased_always_on");
    }
}

void read_propagators(Environment& env, Settings& settings) {
    constexpr std::string_view kVariable = "OTEL_PROPAGATORS";
    constexpr std::array kNames{
        std::pair{std::string_view{"tracecontext"}, Propagator::tracecontext},
        std::pair{std::string_view{"baggage"}, Propagator::baggage},
        std::pair{std::string_view{"b3"}, Propagator::b3},
        std::pair{std::string_view{"b3multi"}, Propagator::b3multi},
    };
    const auto names = env.list(kVariable);
    if (names.empty()) return;
    std::vector<Propagator> chosen;
    bool none = false;
    for (const auto& name : names) {
        const auto* const known =
            std::ranges::find(kNames, std::string_view{name}, &std::pair<std::string_view, Propagator>::first);
        if (name == "none") {
            none = true;
        } else if (known == kNames.end()) {
            env.warn(fmt::format("{}: \"{}\" is not supported; it is left out", kVariable, name));
        } else if (std::ranges::find(chosen, known->second) == chosen.end()) {
            chosen.push_back(known->second);
        }
    }
    // Where no name is of use the default stays.
    if (none) settings.propagators.clear();
    if (!none && !chosen.empty()) settings.propagators = std::move(chosen);
}

void read_metrics(Environment& env, Settings& settings) {
    using telemetry::Temporality;
    constexpr Environment::Choice<Temporality> kTemporalities[]{
        {"cumulative", Temporality::cumulative}, {"delta", Temporality::delta}, {"lowmemory", Temporality::delta}};
    constexpr Environment::Choice<ExemplarFilter> kFilters[]{{"always_on", ExemplarFilter::always_on},
                                                             {"always_off", ExemplarFilter::always_off},
                                                             {"trace_based", ExemplarFilter::trace_based}};
    constexpr Environment::Choice<bool> kAggregations[]{{"explicit_bucket_histogram", false},
                                                        {"base2_exponential_bucket_histogram", true}};
    settings.metric_interval = env.millis("OTEL_METRIC_EXPORT_INTERVAL", settings.metric_interval, 1);
    settings.metric_timeout = env.millis("OTEL_METRIC_EXPORT_TIMEOUT", settings.metric_timeout, 1);
    settings.temporality =
        env.choice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", kTemporalities, Temporality::cumulative);
    settings.exemplar_filter = env.choice("OTEL_METRICS_EXEMPLAR_FILTER", kFilters, ExemplarFilter::trace_based);
    settings.exponential_histograms =
        env.choice("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", kAggregations, false);
    const bool host = env.has("OTEL_EXPORTER_PROMETHEUS_HOST");
    settings.prometheus_listens = env.has("OTEL_EXPORTER_PROMETHEUS_PORT") || host;
    settings.prometheus_host = env.text("OTEL_EXPORTER_PROMETHEUS_HOST").value_or(settings.prometheus_host);
    settings.prometheus_port =
        static_cast<std::uint16_t>(env.number("OTEL_EXPORTER_PROMETHEUS_PORT", settings.prometheus_port, 0, 65'535));
}

}  // namespace

Parsed parse(const std::map<std::string, std::string>& environment) {
    using telemetry::Severity;
    constexpr Environment::Choice<Severity> kLevels[]{
        {"trace", Severity::trace}, {"debug", Severity::debug}, {"info", Severity::info}, {"warn", Severity::warn},
        {"error", Severity::error}, {"fatal", Severity::fatal}, {"none", Severity::off},  {"off", Severity::off}};
    Environment env{environment};
    Parsed parsed;
    auto& settings = parsed.settings;
    settings.disabled = env.flag("OTEL_SDK_DISABLED", false);
    if (env.has("OTEL_LOG_LEVEL")) settings.log_level = env.choice("OTEL_LOG_LEVEL", kLevels, Severity::info);
    settings.service_name = env.text("OTEL_SERVICE_NAME").value_or("");
    settings.resource_attributes = env.pairs("OTEL_RESOURCE_ATTRIBUTES", false);
    read_exporters(env, settings);
    read_limits(env, settings);
    settings.spans = read_batch(env, "BSP", settings.spans.schedule_delay);
    settings.log_records = read_batch(env, "BLRP", settings.log_records.schedule_delay);
    read_sampler(env, settings);
    read_propagators(env, settings);
    read_metrics(env, settings);
    env.warn_of_the_rest();
    parsed.warnings = env.take_warnings();
    return parsed;
}

}  // namespace tw::otlp
