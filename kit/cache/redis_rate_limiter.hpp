#pragma once

#include "kit/cache/local_rate_limiter.hpp"
#include "kit/redis/guarded_client.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <array>
#include <string>

namespace tw::cache {

/// Limits over all replicas: the buckets lie in Redis, one Lua script takes a token, by the server's clock. While Redis is away
/// or slow each replica limits by itself, with buckets that are full at first: a caller may then do as much on each.
class RedisRateLimiter final : public RateLimiter {
 public:
    /// `client` belongs to the loop; `fallback` is the process's. Both outlive the limiter. `key_prefix` ends with a colon.
    RedisRateLimiter(redis::GuardedClient& client, LocalRateLimiter& fallback, telemetry::Telemetry telemetry,
                     std::string key_prefix = "tradewind:limit:");

    /// By the fallback, while Redis is skipped.
    std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) override;
    Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) override;

 private:
    RateDecision counted(RateDecision decision, bool by_redis) const;

    redis::GuardedClient& client_;
    LocalRateLimiter& fallback_;
    std::string key_prefix_;
    /// By Redis or not, allowed or not.
    std::array<std::array<telemetry::Counter, 2>, 2> decisions_;
};

}  // namespace tw::cache
