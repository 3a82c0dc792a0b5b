#pragma once

#include "kit/base/result.hpp"
#include "kit/cache/invalidations.hpp"
#include "kit/cache/local_cache.hpp"
#include "kit/cache/local_rate_limiter.hpp"
#include "kit/redis/guarded_client.hpp"
#include "kit/redis/settings.hpp"
#include "kit/runtime/config.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tw::runtime {

/// What the modules and loops of a process share of caches and limits. Thread-safe once the loops
/// run.
class SharedCaches {
 public:
    explicit SharedCaches(const Clock& clock) : limiter{clock}, rows{clock} {}

    /// Where Redis is, by redis.url; nothing where it is not set. INVALID_ARGUMENT (BAD_CONFIG)
    /// where it is no such URL.
    static Result<std::optional<redis::Settings>> redis_settings(const Config& config);

    /// Both before the loops run: where Redis is, and what every key there begins with.
    std::optional<redis::Settings> redis;
    std::string key_prefix;
    std::shared_ptr<redis::OutageAlarm> alarm = std::make_shared<redis::OutageAlarm>();
    cache::LocalRateLimiter limiter;
    cache::LocalCache rows;
    std::shared_ptr<cache::Invalidations> invalidations = std::make_shared<cache::Invalidations>();
};

/// Whether Redis lets this process do what it will do there, below `key_prefix`. Where it is merely
/// away that is no error, because the process can do without it: a record in the log says so.
/// FAILED_PRECONDITION, naming redis.url, where Redis refuses.
Result<void> check_redis(EventLoop& loop, const redis::Settings& settings, std::string_view key_prefix,
                         telemetry::Telemetry telemetry);

}  // namespace tw::runtime
