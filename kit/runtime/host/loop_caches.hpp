#pragma once

#include "kit/cache/redis_cache.hpp"
#include "kit/cache/redis_rate_limiter.hpp"
#include "kit/runtime/shared_caches.hpp"

#include <memory>

namespace tw::runtime {

/// A module's caches and limits on one loop. What needs Redis connects to it when it is first used.
/// Used on the loop's thread only; goes after those who use it.
class LoopCaches {
 public:
    /// Where the module may keep rows when there is no Redis.
    enum class Rows : std::uint8_t {
        in_memory,  ///< this process alone has the module's database
        nowhere,    ///< others may change it, or nobody wants a cache
    };

    LoopCaches(EventLoop& loop, SharedCaches& shared, telemetry::Telemetry telemetry, Rows rows, bool redis_keeps_rows)
        : loop_{loop}, shared_{shared}, telemetry_{telemetry}, rows_{rows}, redis_keeps_rows_{redis_keeps_rows} {}

    cache::Cache& cache();
    cache::RateLimiter& rate_limiter();
    const std::shared_ptr<cache::Invalidations>& invalidations() const { return shared_.invalidations; }

 private:
    redis::GuardedClient& redis();

    EventLoop& loop_;
    SharedCaches& shared_;
    telemetry::Telemetry telemetry_;
    Rows rows_;
    bool redis_keeps_rows_;
    std::unique_ptr<redis::Client> client_;
    std::unique_ptr<redis::GuardedClient> guarded_;
    std::unique_ptr<cache::Cache> cache_;
    std::unique_ptr<cache::RateLimiter> limiter_;
};

}  // namespace tw::runtime
