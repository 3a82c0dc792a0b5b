#pragma once

#include "kit/http/server.hpp"
#include "kit/runtime/export/telemetry_export.hpp"
#include "kit/runtime/host/process_context.hpp"
#include "kit/runtime/ops/metrics_page.hpp"
#include "kit/telemetry/log_levels.hpp"

#include <string>

namespace tw::runtime {

/// What operators may ask a process and tell it, on a port of its own: health, readiness, metrics,
/// telemetry's own state, requests in flight, channels and servers, configuration, log levels,
/// faults, loops, version, and an index of all these. Thread-safe. Everything it refers to outlives
/// it.
class Ops {
 public:
    Ops(const ProcessContext& context, telemetry::LogLevels& levels, const MeterRegistry& meters, const MetricsPage& metrics,
        const TelemetryExport& exports)
        : context_{context}, levels_{levels}, meters_{meters}, metrics_{metrics}, exports_{exports} {}

    /// What can be said at once: all but what the loops must be asked for (metrics, requests in
    /// flight, channels and servers, flows, dead events).
    http::Response answer(const http::Request& request);
    /// Everything, for a server; this outlives it.
    http::Handler handler();
    /// The metrics and nothing else, for a port that only scrapers are given.
    http::Handler scrape_handler();

 private:
    http::Response index(const http::Request& request);
    http::Response health(const http::Request& request);
    http::Response readiness(const http::Request& request);
    http::Response config(const http::Request& request);
    http::Response log_level(const http::Request& request);
    http::Response faults(const http::Request& request);
    http::Response loops(const http::Request& request);
    http::Response telemetry(const http::Request& request);
    http::Response version(const http::Request& request);

    const ProcessContext& context_;
    telemetry::LogLevels& levels_;
    const MeterRegistry& meters_;
    const MetricsPage& metrics_;
    const TelemetryExport& exports_;
};

}  // namespace tw::runtime
