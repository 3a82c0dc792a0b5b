#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::redis {

// OpenTelemetry semantic conventions 1.44, "Database client metrics".
inline constexpr telemetry::Instrument kOperationDuration{
    "db.client.operation.duration", "s", "Duration of database client operations.", telemetry::InstrumentKind::histogram,
    telemetry::kDatabaseDurationBounds};

inline constexpr telemetry::Instrument kBreakerState{"tw.breaker.state", "{breaker}",
                                                     "Breakers that are open: their dependency is skipped.",
                                                     telemetry::InstrumentKind::up_down_counter};

}  // namespace tw::redis
