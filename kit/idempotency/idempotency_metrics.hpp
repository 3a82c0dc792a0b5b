#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::idempotency {

inline constexpr telemetry::Instrument kKeyedCalls{
    "tw.idempotency.calls", "{call}", "Calls with an idempotency key, by outcome: served, failed, replayed, reused, in_progress.",
    telemetry::InstrumentKind::counter};

}  // namespace tw::idempotency
