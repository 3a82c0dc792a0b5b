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
inline constexpr telemetry::Instrument kReplicaEjections{
    "tw.rpc.replica.ejections", "{ejection}",
    "Replicas that got no calls for a while, because their calls failed more often than those of the others.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kConcurrencyLimit{"tw.rpc.concurrency.limit", "{call}",
                                                         "Calls that the module serves at once at most.",
                                                         telemetry::InstrumentKind::up_down_counter};
inline constexpr telemetry::Instrument kCallsWaiting{"tw.rpc.calls.waiting", "{call}",
                                                     "Calls that wait because the concurrency limit is reached.",
                                                     telemetry::InstrumentKind::up_down_counter};
inline constexpr telemetry::Instrument kCallsRefused{"tw.rpc.calls.refused", "{call}",
                                                     "Calls that were refused before any work, by priority and reason.",
                                                     telemetry::InstrumentKind::counter};

}  // namespace tw::rpc
