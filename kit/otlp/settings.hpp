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

/// What the environment says about telemetry (OpenTelemetry specification, "Environment variables").
namespace tw::otlp {

enum class ExporterKind : std::uint8_t { none, otlp, console, file };
enum class Protocol : std::uint8_t { grpc, http_protobuf, http_json };
using telemetry::ExemplarFilter;
using telemetry::Propagator;

/// How the telemetry of one signal leaves.
struct SignalExport {
    ExporterKind exporter = ExporterKind::none;
    Protocol protocol = Protocol::http_protobuf;
    /// The whole URL that is called: with the signal's path for HTTP, scheme, host and port for gRPC.
    std::string endpoint;
    /// Names in lower case.
    std::vector<std::pair<std::string, Secret>> headers;
    /// Of one export with all its attempts.
    std::chrono::milliseconds timeout{10'000};
    bool gzip = false;
    /// gRPC without TLS where the endpoint names no scheme.
    bool insecure = false;
    /// The endpoint of gRPC named no scheme, so that nobody has said whether TLS is spoken.
    bool scheme_assumed = false;
    /// PEM files; empty where not given.
    std::string certificate;
    std::string client_key;
    std::string client_certificate;
};

/// The batch processor of spans (BSP) or log records (BLRP). All numbers are at least 1, and a batch no larger than its queue.
struct BatchSettings {
    std::chrono::milliseconds schedule_delay;
    std::chrono::milliseconds export_timeout{30'000};
    std::size_t queue_records_max = 2048;
    std::size_t batch_records_max = 512;
};

struct Settings {
    /// Nothing is recorded; contexts are still passed on.
    bool disabled = false;
    SignalExport traces;
    SignalExport metrics;
    SignalExport logs;
    /// Whether the receivers may not be there: nothing is said about one that has never answered.
    bool receiver_optional = false;
    /// Where the file exporter writes; empty where nobody said.
    std::string file_path;

    /// OTEL_SERVICE_NAME; empty where not given.
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
    /// "lowmemory" is delta here, since instruments that it treats otherwise do not exist in the kit.
    telemetry::Temporality temporality = telemetry::Temporality::cumulative;
    ExemplarFilter exemplar_filter = ExemplarFilter::trace_based;
    /// Base-2 exponential buckets instead of each instrument's own.
    bool exponential_histograms = false;
    /// Where metrics can be scraped beside the operations port; asked for by OTEL_METRICS_EXPORTER=prometheus.
    bool prometheus = false;
    /// Whether a host or a port for that was named, so that the operations port alone will not do.
    bool prometheus_listens = false;
    std::string prometheus_host = "localhost";
    std::uint16_t prometheus_port = 9464;

    /// In the order of OTEL_PROPAGATORS, each once; empty for "none".
    std::vector<Propagator> propagators{Propagator::tracecontext, Propagator::baggage};
    /// For what the telemetry says about itself; nothing where not given.
    std::optional<telemetry::Severity> log_level;

    const SignalExport& of(telemetry::Signal signal) const {
        return signal == telemetry::Signal::traces ? traces : signal == telemetry::Signal::metrics ? metrics : logs;
    }
};

struct Parsed {
    Settings settings;
    /// Sentences to be logged at start, each naming its variable: bad values and what is used in their place, variables
    /// that mean nothing here.
    std::vector<std::string> warnings;
};

/// Reads all OTEL_* variables, and OTLP_ENDPOINT, of `environment`; others are passed over. An empty value counts as none.
///
/// OTLP_ENDPOINT is spoken to over gRPC where its port is 4317 and no protocol is named.
///
/// Unlike the specification a signal without an exporter variable is exported over OTLP only if an endpoint is given or
/// another signal's variable says "otlp": a collector that nobody configured is not called.
Parsed parse(const std::map<std::string, std::string>& environment);

}  // namespace tw::otlp
