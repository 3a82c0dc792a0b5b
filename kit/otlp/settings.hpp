#pragma once

#include "kit/base/secret.hpp"
#include "kit/telemetry/log.hpp"
#include "kit/telemetry/otlp_metrics.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"
#include "kit/telemetry/propagators.hpp"
#include "kit/telemetry/resource.hpp"
#include "kit/telemetry/sampler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The telemetry settings in the environment (OpenTelemetry specification, "Environment
/// variables").
namespace tw::otlp {

enum class ExporterKind : std::uint8_t { none, otlp, console, file };
enum class Protocol : std::uint8_t { grpc, http_protobuf, http_json };
using telemetry::ExemplarFilter;
using telemetry::Propagator;

/// How the telemetry of one signal is exported.
struct SignalExport {
    ExporterKind exporter = ExporterKind::none;
    Protocol protocol = Protocol::http_protobuf;
    /// The whole URL that is called: with the signal's path for HTTP; scheme, host and port for
    /// gRPC.
    std::string endpoint;
    /// Additional headers. The names are in lower case.
    std::vector<std::pair<std::string, Secret>> headers;
    /// The time for one export with all its attempts.
    std::chrono::milliseconds timeout{10'000};
    bool gzip = false;
    /// Whether gRPC is spoken without TLS if the endpoint names no scheme.
    bool insecure = false;
    /// Whether the endpoint of gRPC named no scheme, so that the use of TLS was not configured.
    bool scheme_assumed = false;
    /// Who exports, as the receiver is told (User-Agent).
    std::string program = "tw";
    /// PEM files; empty if not configured.
    std::string certificate;
    std::string client_key;
    std::string client_certificate;
};

/// The batch processor of spans (BSP) or log records (BLRP). All numbers are at least 1, and a
/// batch is not larger than its queue.
struct BatchSettings {
    std::chrono::milliseconds schedule_delay;
    std::chrono::milliseconds export_timeout{30'000};
    std::size_t queue_records_max = 2048;
    std::size_t batch_records_max = 512;
};

struct Settings {
    /// Whether telemetry is off: nothing is recorded, and contexts are still passed on.
    bool disabled = false;
    SignalExport traces;
    SignalExport metrics;
    SignalExport logs;
    /// Whether a receiver need not exist. Nothing is logged about one that has never answered.
    bool receiver_optional = false;
    /// The path for the file exporter; empty if not configured.
    std::string file_path;

    /// OTEL_SERVICE_NAME; empty if not configured.
    std::string service_name;
    /// OTEL_RESOURCE_ATTRIBUTES, decoded.
    std::vector<std::pair<std::string, std::string>> resource_attributes;

    telemetry::Sampler sampler = telemetry::Sampler::parent_based(telemetry::Sampler::always_on());
    telemetry::SpanLimits span_limits;
    telemetry::AttributeLimits log_limits;
    BatchSettings spans{.schedule_delay = std::chrono::milliseconds{5'000}};
    BatchSettings log_records{.schedule_delay = std::chrono::milliseconds{1'000}};

    std::chrono::milliseconds metric_interval{60'000};
    std::chrono::milliseconds metric_timeout{30'000};
    /// "lowmemory" is read as delta, since the instruments that it treats otherwise do not exist in
    /// the kit.
    telemetry::Temporality temporality = telemetry::Temporality::cumulative;
    ExemplarFilter exemplar_filter = ExemplarFilter::trace_based;
    /// Whether histograms have base-2 exponential buckets in place of each instrument's own.
    bool exponential_histograms = false;
    /// Whether metrics can be scraped (OTEL_METRICS_EXPORTER=prometheus).
    bool prometheus = false;
    /// Whether a host or a port for scrapes was configured, so that the operations port alone is
    /// not enough.
    bool prometheus_listens = false;
    std::string prometheus_host = "localhost";
    std::uint16_t prometheus_port = 9464;

    /// The propagators in the order of OTEL_PROPAGATORS, each once. The list is empty for "none".
    std::vector<Propagator> propagators{Propagator::tracecontext, Propagator::baggage};
    /// The level for log messages of the telemetry itself; nothing if not configured.
    std::optional<telemetry::Severity> log_level;

    const SignalExport& of(telemetry::Signal signal) const {
        return signal == telemetry::Signal::traces ? traces : signal == telemetry::Signal::metrics ? metrics : logs;
    }
};

struct Parsed {
    Settings settings;
    /// Sentences to be logged at start, each of which names its variable: bad values and the values
    /// used instead, and variables that have no meaning here.
    std::vector<std::string> warnings;
};

/// Reads all OTEL_* variables, and OTLP_ENDPOINT, of `environment`. Other variables are ignored. An
/// empty value counts as unset.
///
/// OTLP_ENDPOINT is called by gRPC if its port is 4317 and no protocol is configured.
///
/// This deviates from the specification in one point: a signal without an exporter variable is
/// exported over OTLP only if an endpoint is configured or another signal's variable says "otlp". A
/// collector that nobody configured is not called.
Parsed parse(const std::map<std::string, std::string>& environment);

}  // namespace tw::otlp
