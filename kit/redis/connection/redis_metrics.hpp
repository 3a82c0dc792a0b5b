#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::redis {

inline constexpr telemetry::Instrument kBreakerState{"tw.breaker.state", "{breaker}",
                                                     "Breakers that are open: their dependency is skipped.",
                                                     telemetry::InstrumentKind::up_down_counter};

}  // namespace tw::redis
