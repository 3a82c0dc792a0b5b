#include "kit/otlp/settings.hpp"

#include "kit/base/encoding.hpp"
#include "kit/otlp/config/environment.hpp"
#include "kit/otlp/config/signal_settings.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

using telemetry::Signal;

/// The schedule delay of spans that are printed, where none is configured.
constexpr std::chrono::milliseconds kConsoleDelay{250};

/// Returns the value of OTEL_{TRACES,METRICS,LOGS}_EXPORTER, or nothing if it is not set.
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
            env.warn(fmt::format("{}: one exporter beside prometheus is possible; \"{}\" is ignored", variable, name));
        }
    }
    return chosen;
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
            env.warn(fmt::format("{}: \"{}\" is not supported; it is ignored", kVariable, name));
        } else if (std::ranges::find(chosen, known->second) == chosen.end()) {
            chosen.push_back(known->second);
        }
    }
    // If no name can be used, the default stays.
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
    Environment env{environment};
    Parsed parsed;
    auto& settings = parsed.settings;
    settings.disabled = env.flag("OTEL_SDK_DISABLED", false);
    if (const auto level = env.text("OTEL_LOG_LEVEL")) {
        settings.log_level = telemetry::parse_severity(*level);
        if (!settings.log_level) env.bad("OTEL_LOG_LEVEL", *level, "info");
        if (!settings.log_level) settings.log_level = Severity::info;
    }
    settings.service_name = env.text("OTEL_SERVICE_NAME").value_or("");
    settings.resource_attributes = env.pairs("OTEL_RESOURCE_ATTRIBUTES", false);
    read_exporters(env, settings);
    read_limits(env, settings);
    // Whoever watches the console waits for the tree of the request that was just made.
    if (settings.traces.exporter == ExporterKind::console) settings.spans.schedule_delay = kConsoleDelay;
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
