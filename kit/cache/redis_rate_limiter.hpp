#pragma once

#include "kit/cache/local_rate_limiter.hpp"
#include "kit/cache/prefetched_tokens.hpp"
#include "kit/redis/guarded_client.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <array>
#include <string>

namespace tw::cache {

/// Limits over all replicas: the buckets lie in Redis, one Lua script takes a token, by the server's clock. Of a bucket of 512
/// and more it takes several at once, so that a generous limit costs a round trip now and then only. While Redis is away or slow
/// each replica limits by itself, with buckets that are full at first: a caller may then do as much on each.
class RedisRateLimiter final : public RateLimiter {
 public:
    /// `client` belongs to the loop; `fallback` is the process's. Both outlive the limiter. `key_prefix` ends with a colon.
    RedisRateLimiter(redis::GuardedClient& client, LocalRateLimiter& fallback, telemetry::Telemetry telemetry,
                     std::string key_prefix = "tradewind:limit:");

    /// By tokens that were taken ahead, or by the fallback while Redis is skipped.
    std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) override;
    Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) override;

 private:
    struct Taken {
        RateDecision decision;
        /// Besides the one of the decision.
        std::uint32_t more = 0;
    };
    /// Nothing where Redis did not say.
    Task<std::optional<Taken>> ask(const CallContext& ctx, std::string_view key, const Rate& rate, std::uint32_t tokens);
    RateDecision counted(RateDecision decision, bool by_redis) const;

    redis::GuardedClient& client_;
    LocalRateLimiter& fallback_;
    std::string key_prefix_;
    PrefetchedTokens prefetched_;
    /// By Redis or not, allowed or not.
    std::array<std::array<telemetry::Counter, 2>, 2> decisions_;
};

}  // namespace tw::cache
