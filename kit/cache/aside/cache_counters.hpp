#pragma once

#include "kit/cache/cache.hpp"
#include "kit/telemetry/metrics.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tw::cache {

/// Counts the outcomes of lookups, fills and invalidations of one kind of row. It belongs to a
/// loop, as its Meter does.
class CacheCounters {
 public:
    CacheCounters(telemetry::Meter& meter, std::string_view cache_name);

    void on_lookup(Lookup::Outcome outcome) const { lookups_[static_cast<std::size_t>(outcome)].add(); }
    void on_fill(FillOutcome outcome) const { fills_[static_cast<std::size_t>(outcome)].add(); }
    void on_invalidation(bool reached) const { invalidations_[reached ? 1 : 0].add(); }
    void on_shared_load() const { shared_.add(); }

 private:
    std::array<telemetry::Counter, 5> lookups_;
    std::array<telemetry::Counter, 3> fills_;
    std::array<telemetry::Counter, 2> invalidations_;
    telemetry::Counter shared_;
};

}  // namespace tw::cache
