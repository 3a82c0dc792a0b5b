#include "kit/cache/cache_counters.hpp"

#include "kit/cache/cache_metrics.hpp"

namespace tw::cache {
namespace {

telemetry::Counter series(telemetry::Meter& meter, const telemetry::Instrument& instrument, std::string_view name,
                          std::string_view outcome) {
    return meter.counter(instrument, {{"tw.cache.name", name}, {"tw.cache.outcome", outcome}});
}

}  // namespace

CacheCounters::CacheCounters(telemetry::Meter& meter, std::string_view cache_name)
    : lookups_{series(meter, kCacheRequests, cache_name, "hit"), series(meter, kCacheRequests, cache_name, "absent"),
               series(meter, kCacheRequests, cache_name, "miss"), series(meter, kCacheRequests, cache_name, "error"),
               series(meter, kCacheRequests, cache_name, "skipped")},
      fills_{series(meter, kCacheFills, cache_name, "stored"), series(meter, kCacheFills, cache_name, "refused"),
             series(meter, kCacheFills, cache_name, "error")},
      invalidations_{series(meter, kCacheInvalidations, cache_name, "error"),
                     series(meter, kCacheInvalidations, cache_name, "done")},
      shared_{meter.counter(kCacheShared, {{"tw.cache.name", cache_name}})} {}

}  // namespace tw::cache
