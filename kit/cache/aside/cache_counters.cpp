#include "kit/cache/aside/cache_counters.hpp"

#include "kit/cache/aside/cache_metrics.hpp"

namespace tw::cache {
namespace {

telemetry::Counter cache_series(telemetry::Meter& meter, const telemetry::Instrument& instrument, std::string_view name,
                                std::string_view outcome) {
    return meter.counter(instrument, {{"tw.cache.name", name}, {"tw.cache.outcome", outcome}});
}

}  // namespace

CacheCounters::CacheCounters(telemetry::Meter& meter, std::string_view cache_name)
    : lookups_{cache_series(meter, kCacheRequests, cache_name, "hit"), cache_series(meter, kCacheRequests, cache_name, "absent"),
               cache_series(meter, kCacheRequests, cache_name, "miss"), cache_series(meter, kCacheRequests, cache_name, "error"),
               cache_series(meter, kCacheRequests, cache_name, "skipped")},
      fills_{cache_series(meter, kCacheFills, cache_name, "stored"), cache_series(meter, kCacheFills, cache_name, "refused"),
             cache_series(meter, kCacheFills, cache_name, "error")},
      invalidations_{cache_series(meter, kCacheInvalidations, cache_name, "error"),
                     cache_series(meter, kCacheInvalidations, cache_name, "done")},
      shared_{meter.counter(kCacheShared, {{"tw.cache.name", cache_name}})} {}

}  // namespace tw::cache
