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

/// A cache in Redis, shared by all replicas. Each loop has its own object; all of them share
/// `invalidations`.
///
/// The guarantees about stale rows are:
/// - While Redis answers, no caller sees a row that is older than an invalidation that has
///   returned.
/// - An invalidation that does not reach Redis (away, slow, full, no permission) is remembered.
///   This process then ignores what Redis holds for the key and asks the source. It repeats the
///   invalidation with the next lookup, until Redis has received it or until everything that may be
///   under the key has expired. Other replicas may see the old row meanwhile, for `ttl_max` and
///   `kLeaseTime` after the change at most. This process may, too, if it is restarted within that
///   time.
/// - If Redis fails over to a replica that had not received the invalidation, all processes may see
///   the old row for as long.
class RedisCache final : public Cache {
 public:
    struct Options {
        /// The text before every key. It ends with a colon.
        std::string key_prefix = "tw:cache:";
        /// The longest time that an entry stays, whatever a fill asks for.
        std::chrono::milliseconds ttl_max = std::chrono::seconds{60};
        /// Values with more bytes are not stored.
        std::size_t value_bytes_max = 256 * 1024;
    };

    /// `client` outlives the cache.
    RedisCache(redis::GuardedClient& client, std::shared_ptr<Invalidations> invalidations)
        : RedisCache{client, std::move(invalidations), Options{}} {}
    RedisCache(redis::GuardedClient& client, std::shared_ptr<Invalidations> invalidations, Options options);

    /// Returns an answer only if Redis is skipped for this key; every other lookup needs I/O.
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
