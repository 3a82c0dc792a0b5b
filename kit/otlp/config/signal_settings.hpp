#pragma once

#include "kit/otlp/config/environment.hpp"
#include "kit/otlp/settings.hpp"

#include <array>
#include <string_view>

namespace tw::otlp {

struct SignalNames {
    telemetry::Signal signal;
    std::string_view variable;  ///< as in OTEL_TRACES_EXPORTER
    std::string_view path;      ///< of OTLP/HTTP
};
inline constexpr std::array kSignals{SignalNames{telemetry::Signal::traces, "TRACES", "/v1/traces"},
                                     SignalNames{telemetry::Signal::metrics, "METRICS", "/v1/metrics"},
                                     SignalNames{telemetry::Signal::logs, "LOGS", "/v1/logs"}};

/// Reads OTEL_EXPORTER_OTLP_[signal_]… and OTLP_ENDPOINT for one signal. Internal to the settings.
void read_otlp(Environment& env, const SignalNames& names, SignalExport& out);

}  // namespace tw::otlp
