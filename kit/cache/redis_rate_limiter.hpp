#pragma once

#include "kit/cache/limit/prefetched_tokens.hpp"
#include "kit/cache/local_rate_limiter.hpp"
#include "kit/redis/guarded_client.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <array>
#include <string>

namespace tw::cache {

/// Limits rates over all replicas. The buckets are in Redis, and one Lua script takes a token, by
/// the server's clock. Several tokens are taken at once from a bucket of 512 or more, so that a
/// generous limit rarely costs a round trip. While Redis is away or slow each replica limits by
/// itself, with buckets that are full at first. A caller then has the whole limit on each replica.
class RedisRateLimiter final : public RateLimiter {
 public:
    /// `client` belongs to the loop, and `fallback` is shared by the process. Both outlive the
    /// limiter. `key_prefix` ends with a colon.
    RedisRateLimiter(redis::GuardedClient& client, LocalRateLimiter& fallback, telemetry::Telemetry telemetry,
                     std::string key_prefix = "tw:limit:");

    /// Decides by prefetched tokens, or by the fallback while Redis is skipped.
    std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) override;
    Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) override;

 private:
    struct Taken {
        RateDecision decision;
        /// How many tokens were taken beside the one that `decision` used.
        std::uint32_t more = 0;
    };
    /// Returns nothing if Redis did not answer.
    Task<std::optional<Taken>> ask(const CallContext& ctx, std::string_view key, const Rate& rate, std::uint32_t tokens);
    RateDecision counted(RateDecision decision, bool by_redis) const;

    redis::GuardedClient& client_;
    LocalRateLimiter& fallback_;
    std::string key_prefix_;
    PrefetchedTokens prefetched_;
    /// The counters by whether Redis decided and whether the request was allowed.
    std::array<std::array<telemetry::Counter, 2>, 2> decisions_;
};

}  // namespace tw::cache
