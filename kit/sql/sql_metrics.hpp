#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::sql {

// OpenTelemetry semantic conventions 1.44, "Database client metrics".
inline constexpr telemetry::Instrument kOperationDuration{
    "db.client.operation.duration", "s", "Duration of database client operations.", telemetry::InstrumentKind::histogram,
    telemetry::kDatabaseDurationBounds};

}  // namespace tw::sql
