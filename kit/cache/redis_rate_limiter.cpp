#include "kit/cache/redis_rate_limiter.hpp"

#include "kit/cache/aside/cache_metrics.hpp"

#include <algorithm>
#include <utility>

namespace tw::cache {
namespace {

/// TokenBucket::take in Lua, in microseconds, which a double holds exactly. ARGV: the interval, the
/// burst, how many tokens to take at most. Returns how many were taken, how many are left, when the
/// bucket is full again, and when to retry. A full bucket has no key.
constexpr redis::Script kTake{R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local capacity = interval * tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
full_at = math.min(math.max(full_at, now), now + capacity)
local there = math.floor((capacity - (full_at - now)) / interval)
local taken = math.min(there, tonumber(ARGV[3]))
local over = 0
if taken > 0 then
  full_at = full_at + taken * interval
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', string.format('%.0f', math.ceil((full_at - now) / 1000)))
else
  over = full_at + interval - now - capacity
end
return {taken, there - taken, full_at - now, over})"};

telemetry::Counter decision_series(telemetry::Meter& meter, std::string_view source, std::string_view outcome) {
    return meter.counter(kLimiterDecisions, {{"tw.limiter.source", source}, {"tw.limiter.outcome", outcome}});
}

}  // namespace

RedisRateLimiter::RedisRateLimiter(redis::GuardedClient& client, LocalRateLimiter& fallback, telemetry::Telemetry telemetry,
                                   std::string key_prefix)
    : client_{client},
      fallback_{fallback},
      key_prefix_{std::move(key_prefix)},
      decisions_{{{decision_series(telemetry.meter, "local", "refused"), decision_series(telemetry.meter, "local", "allowed")},
                  {decision_series(telemetry.meter, "redis", "refused"), decision_series(telemetry.meter, "redis", "allowed")}}} {
}

RateDecision RedisRateLimiter::counted(RateDecision decision, bool by_redis) const {
    decisions_[by_redis ? 1 : 0][decision.allowed ? 1 : 0].add();
    return decision;
}

std::optional<RateDecision> RedisRateLimiter::take_now(std::string_view key, const Rate& rate) {
    if (!client_.would_ask()) return counted(fallback_.decide(key, rate), false);
    const auto decision = prefetched_.spend(key, client_.loop().now());
    if (decision) return counted(*decision, true);
    return std::nullopt;
}

Task<RateDecision> RedisRateLimiter::take(const CallContext& ctx, std::string_view key, const Rate& rate) {
    auto tokens = PrefetchedTokens::worth_taking(rate);
    const bool several = tokens > 1 && prefetched_.may_ask_for_some(key, ctx.loop().now());
    if (!several) tokens = 1;
    auto taken = co_await ask(ctx, key, rate, tokens);
    if (several)
        prefetched_.asked_for_some(key, ctx.loop().now(), taken ? taken->more : 0, taken ? taken->decision : RateDecision{});
    if (!taken) co_return counted(fallback_.decide(key, rate), false);
    taken->decision.remaining += taken->more;
    co_return counted(taken->decision, true);
}

Task<std::optional<RedisRateLimiter::Taken>> RedisRateLimiter::ask(const CallContext& ctx, std::string_view key, const Rate& rate,
                                                                   std::uint32_t tokens) {
    const auto full_key = key_prefix_ + std::string{key};
    const auto interval = std::to_string(rate.interval.count());
    const auto burst = std::to_string(rate.burst);
    const auto most = std::to_string(tokens);
    const std::array<std::string_view, 1> keys{full_key};
    const std::array<std::string_view, 3> arguments{interval, burst, most};
    const auto reply = co_await client_.eval(ctx, kTake, keys, arguments);
    if (!reply || reply->size() != 4) co_return std::nullopt;
    const auto got = static_cast<std::uint32_t>(std::clamp<std::int64_t>(reply->at(0).integer(), 0, tokens));
    const RateDecision decision{.allowed = got > 0,
                                .limit = rate.burst,
                                .remaining = static_cast<std::uint32_t>(std::max<std::int64_t>(reply->at(1).integer(), 0)),
                                .reset = std::chrono::microseconds{reply->at(2).integer()},
                                .retry_after = std::chrono::microseconds{reply->at(3).integer()}};
    co_return Taken{decision, got > 0 ? got - 1 : 0};
}

}  // namespace tw::cache
