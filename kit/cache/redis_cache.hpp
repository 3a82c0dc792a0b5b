#pragma once

#include "kit/base/random.hpp"
#include "kit/cache/cache.hpp"
#include "kit/cache/invalidations.hpp"
#include "kit/redis/guarded_client.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tw::cache {

/// A cache in Redis, shared by all replicas. One a loop; they share `invalidations`.
///
/// What is promised about stale rows:
/// - While Redis answers, nobody sees a row that is older than an invalidation that has returned.
/// - An invalidation that does not reach Redis (away, slow, full, no permission) is remembered: this process believes nothing
/// that
///   Redis says about the key, asks the source instead, and tells Redis again with the next lookup, until it has heard or
///   until everything that may lie there has run out. Other replicas may see the old row meanwhile, for `ttl_max` and
///   `kLeaseTime` after the change at most; so may this one if it is started anew within that time.
/// - With a Redis that fails over to a replica that had not heard of the invalidation, all may, as long.
class RedisCache final : public Cache {
 public:
    struct Options {
        /// Before every key; ends with a colon.
        std::string key_prefix = "tradewind:cache:";
        /// No fill stays for longer.
        std::chrono::milliseconds ttl_max = std::chrono::seconds{60};
        /// Larger values are not kept.
        std::size_t value_bytes_max = 256 * 1024;
    };

    /// `client` outlives the cache.
    RedisCache(redis::GuardedClient& client, std::shared_ptr<Invalidations> invalidations)
        : RedisCache{client, std::move(invalidations), Options{}} {}
    RedisCache(redis::GuardedClient& client, std::shared_ptr<Invalidations> invalidations, Options options);

    /// Only what needs no asking: that Redis is skipped.
    std::optional<Lookup> get_now(std::string_view key) override;
    Task<Lookup> get(const CallContext& ctx, std::string_view key) override;
    Task<FillOutcome> fill(const CallContext& ctx, std::string_view key, const Fill& fill) override;
    Task<bool> invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) override;

 private:
    Task<Lookup> lease(const CallContext& ctx, std::string_view full_key);
    Task<bool> announce(const CallContext& ctx, std::string_view key, std::int64_t version);

    redis::GuardedClient& client_;
    std::shared_ptr<Invalidations> invalidations_;
    Options options_;
    Random random_;
};

}  // namespace tw::cache
