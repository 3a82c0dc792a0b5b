#pragma once

#include "kit/telemetry/metrics.hpp"

#include <chrono>
#include <string_view>

namespace tw::sql::pg {

// The metrics follow the OpenTelemetry semantic conventions 1.44, "Database client metrics",
// "Connection pools".
inline constexpr telemetry::Instrument kConnectionCount{"db.client.connection.count", "{connection}",
                                                        "Connections that are open, by whether they are in use.",
                                                        telemetry::InstrumentKind::up_down_counter};
inline constexpr telemetry::Instrument kPendingRequests{"db.client.connection.pending_requests", "{request}",
                                                        "Work that waits for a connection.",
                                                        telemetry::InstrumentKind::up_down_counter};
inline constexpr telemetry::Instrument kConnectionTimeouts{"db.client.connection.timeouts", "{timeout}",
                                                           "Waits for a connection that ended without one.",
                                                           telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kConnectionCreateTime{"db.client.connection.create_time", "s", "How long connecting took.",
                                                             telemetry::InstrumentKind::histogram,
                                                             telemetry::kDatabaseDurationBounds};
inline constexpr telemetry::Instrument kConnectionWaitTime{
    "db.client.connection.wait_time", "s", "How long a transaction waited for its connection.",
    telemetry::InstrumentKind::histogram, telemetry::kDatabaseDurationBounds};

/// One loop's part of the pool's metrics.
class PoolMetrics {
 public:
    PoolMetrics(telemetry::Meter& meter, std::string_view pool)
        : idle{meter.counter(kConnectionCount,
                             {{"db.client.connection.pool.name", pool}, {"db.client.connection.state", "idle"}})},
          used{meter.counter(kConnectionCount,
                             {{"db.client.connection.pool.name", pool}, {"db.client.connection.state", "used"}})},
          pending{meter.counter(kPendingRequests, {{"db.client.connection.pool.name", pool}})},
          timeouts{meter.counter(kConnectionTimeouts, {{"db.client.connection.pool.name", pool}})},
          create_time{meter.histogram(kConnectionCreateTime, {{"db.client.connection.pool.name", pool}})},
          wait_time{meter.histogram(kConnectionWaitTime, {{"db.client.connection.pool.name", pool}})} {}

    telemetry::Counter idle;
    telemetry::Counter used;
    telemetry::Counter pending;
    telemetry::Counter timeouts;
    telemetry::Histogram create_time;
    telemetry::Histogram wait_time;
};

inline double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>{time}.count(); }

}  // namespace tw::sql::pg
