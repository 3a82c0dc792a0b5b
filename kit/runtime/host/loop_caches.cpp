#include "kit/runtime/host/loop_caches.hpp"

namespace tw::runtime {
namespace {

/// Knows nothing and keeps nothing: every row comes from its source.
class NoCache final : public cache::Cache {
 public:
    std::optional<cache::Lookup> get_now(std::string_view) override {
        return cache::Lookup{.outcome = cache::Lookup::Outcome::skipped};
    }
    Task<cache::Lookup> get(const CallContext&, std::string_view) override {
        co_return cache::Lookup{.outcome = cache::Lookup::Outcome::skipped};
    }
    Task<cache::FillOutcome> fill(const CallContext&, std::string_view, const cache::Fill&) override {
        co_return cache::FillOutcome::refused;
    }
    Task<bool> invalidate(const CallContext&, std::string_view, std::int64_t) override { co_return true; }
};

}  // namespace

redis::GuardedClient& LoopCaches::redis() {
    if (!guarded_) {
        client_ = std::make_unique<redis::Client>(loop_, *shared_.redis, telemetry_);
        guarded_ = std::make_unique<redis::GuardedClient>(*client_, telemetry_, shared_.alarm);
    }
    return *guarded_;
}

cache::Cache& LoopCaches::cache() {
    if (shared_.redis && redis_keeps_rows_) {
        if (!cache_)
            cache_ = std::make_unique<cache::RedisCache>(redis(), shared_.invalidations,
                                                         cache::RedisCache::Options{.key_prefix = shared_.key_prefix + "cache:"});
        return *cache_;
    }
    if (rows_ == Rows::in_memory) return shared_.rows;
    if (!cache_) cache_ = std::make_unique<NoCache>();
    return *cache_;
}

cache::RateLimiter& LoopCaches::rate_limiter() {
    if (!shared_.redis) return shared_.limiter;
    if (!limiter_)
        limiter_ = std::make_unique<cache::RedisRateLimiter>(redis(), shared_.limiter, telemetry_, shared_.key_prefix + "limit:");
    return *limiter_;
}

}  // namespace tw::runtime
