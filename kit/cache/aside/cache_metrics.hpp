#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::cache {

inline constexpr telemetry::Instrument kCacheRequests{"tw.cache.requests", "{request}", "Lookups in a cache, by outcome.",
                                                      telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kCacheFills{"tw.cache.fills", "{fill}", "Rows offered to a cache, by outcome.",
                                                   telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kCacheInvalidations{"tw.cache.invalidations", "{invalidation}",
                                                           "Invalidations of rows in a cache, by outcome.",
                                                           telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kCacheShared{"tw.cache.shared_loads", "{request}",
                                                    "Requests that shared the read of another request.",
                                                    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kLimiterDecisions{"tw.limiter.decisions", "{decision}",
                                                         "Decisions of a rate limiter, by where it was made and outcome.",
                                                         telemetry::InstrumentKind::counter};

}  // namespace tw::cache
