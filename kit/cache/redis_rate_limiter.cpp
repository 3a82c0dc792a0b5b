#include "kit/cache/redis_rate_limiter.hpp"

#include "kit/cache/cache_metrics.hpp"

#include <algorithm>
#include <utility>

namespace tw::cache {
namespace {

/// TokenBucket::take in Lua, in microseconds, which a double holds exactly. ARGV: the interval, the burst. Says whether it is
/// allowed, the tokens left, until when it is full again, and when to come again. A bucket that is full has no key.
constexpr redis::Script kTake{R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local capacity = interval * tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
full_at = math.min(math.max(full_at, now), now + capacity)
local over = full_at + interval - now - capacity
local allowed = 0
if over <= 0 then
  allowed = 1
  full_at = full_at + interval
  redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', string.format('%.0f', math.ceil((full_at - now) / 1000)))
end
return {allowed, math.floor((capacity - (full_at - now)) / interval), full_at - now, math.max(over, 0)})"};

telemetry::Counter series(telemetry::Meter& meter, std::string_view source, std::string_view outcome) {
    return meter.counter(kLimiterDecisions, {{"tw.limiter.source", source}, {"tw.limiter.outcome", outcome}});
}

}  // namespace

RedisRateLimiter::RedisRateLimiter(redis::GuardedClient& client, LocalRateLimiter& fallback, telemetry::Telemetry telemetry,
                                   std::string key_prefix)
    : client_{client},
      fallback_{fallback},
      key_prefix_{std::move(key_prefix)},
      decisions_{{{series(telemetry.meter, "local", "refused"), series(telemetry.meter, "local", "allowed")},
                  {series(telemetry.meter, "redis", "refused"), series(telemetry.meter, "redis", "allowed")}}} {}

RateDecision RedisRateLimiter::counted(RateDecision decision, bool by_redis) const {
    decisions_[by_redis ? 1 : 0][decision.allowed ? 1 : 0].add();
    return decision;
}

std::optional<RateDecision> RedisRateLimiter::take_now(std::string_view key, const Rate& rate) {
    if (client_.would_ask()) return std::nullopt;
    return counted(fallback_.decide(key, rate), false);
}

Task<RateDecision> RedisRateLimiter::take(const CallContext& ctx, std::string_view key, const Rate& rate) {
    const auto full_key = key_prefix_ + std::string{key};
    const auto interval = std::to_string(rate.interval.count());
    const auto burst = std::to_string(rate.burst);
    const std::array<std::string_view, 1> keys{full_key};
    const std::array<std::string_view, 2> arguments{interval, burst};
    const auto reply = co_await client_.eval(ctx, kTake, keys, arguments);
    if (!reply || reply->size() != 4) co_return counted(fallback_.decide(key, rate), false);
    const RateDecision decision{.allowed = reply->at(0).integer() == 1,
                                .limit = rate.burst,
                                .remaining = static_cast<std::uint32_t>(std::max<std::int64_t>(reply->at(1).integer(), 0)),
                                .reset = std::chrono::microseconds{reply->at(2).integer()},
                                .retry_after = std::chrono::microseconds{reply->at(3).integer()}};
    co_return counted(decision, true);
}

}  // namespace tw::cache
