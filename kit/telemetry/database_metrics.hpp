#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::telemetry {

/// OpenTelemetry semantic conventions 1.44, "Database client metrics". SQL and Redis share this
/// instrument; their series differ by their attributes.
inline constexpr Instrument kDatabaseOperationDuration{"db.client.operation.duration", "s",
                                                       "Duration of database client operations.", InstrumentKind::histogram,
                                                       kDatabaseDurationBounds};

}  // namespace tw::telemetry
