#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/simulation/faults.hpp"
#include "kit/sql/database.hpp"
#include "kit/telemetry/telemetry.hpp"

namespace tw::shop {

/// Cancels or retries one of the flows that have not ended, as `tradewind flows` does in the
/// process that has this database. Does nothing if there is none.
Task<void> operate_flows(const CallContext& ctx, sql::Database& database, telemetry::Telemetry telemetry,
                         simulation::Faults& faults, Timestamp now);

}  // namespace tw::shop
