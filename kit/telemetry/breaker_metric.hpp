#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::telemetry {

inline constexpr Instrument kBreakerState{"tw.breaker.state", "{breaker}", "Open circuit breakers: the dependency is not used.",
                                          InstrumentKind::up_down_counter};

}  // namespace tw::telemetry
