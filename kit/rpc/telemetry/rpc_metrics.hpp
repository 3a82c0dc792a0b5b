#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::rpc {

// The metrics of RPCs (OpenTelemetry semantic conventions 1.44, "RPC metrics").
inline constexpr telemetry::Instrument kServerCallDuration{"rpc.server.call.duration", "s",
                                                           "Measures the duration of an incoming Remote Procedure Call (RPC).",
                                                           telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};
inline constexpr telemetry::Instrument kClientCallDuration{"rpc.client.call.duration", "s",
                                                           "Measures the duration of an outgoing Remote Procedure Call (RPC).",
                                                           telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};

}  // namespace tw::rpc
