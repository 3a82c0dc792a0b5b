#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::telemetry {

/// OpenTelemetry semantic conventions 1.44, "Database client metrics": one for SQL and Redis, since series are told apart by
/// their attributes.
inline constexpr Instrument kDatabaseOperationDuration{"db.client.operation.duration", "s",
                                                       "Duration of database client operations.", InstrumentKind::histogram,
                                                       kDatabaseDurationBounds};

}  // namespace tw::telemetry
