#pragma once

#include "kit/base/clock.hpp"
#include "kit/cache/rate_limiter.hpp"
#include "kit/cache/token_bucket.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::cache {

/// Limits within this process: what replicas use while there is no Redis, and the whole limiter where there is one process.
///
/// Thread-safe, and one for all loops: the connections of one caller are dealt to all of them, and a limiter a loop would let
/// him do as many times as much. Buckets are dealt to shards, each with a lock that is held for some tens of nanoseconds. A
/// decision about a key that is known allocates nothing.
///
/// Keeps `keys_max` buckets at most; beyond, the one that was not used for the longest time is forgotten, which is to say full.
class LocalRateLimiter final : public RateLimiter {
 public:
    static constexpr std::size_t kKeysMax = 100'000;

    /// `clock` outlives the limiter.
    explicit LocalRateLimiter(const Clock& clock, std::size_t keys_max = kKeysMax);

    RateDecision decide(std::string_view key, const Rate& rate);

    std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) override { return decide(key, rate); }
    Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) override;

    /// Buckets that are kept now.
    std::size_t keys() const;

 private:
    static constexpr std::size_t kShards = 16;

    struct Entry {
        std::string key;
        TokenBucket bucket;
    };
    using Entries = std::list<Entry>;
    /// A cache line each, so that the locks of two loops do not share one.
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        /// The one used last comes first.
        Entries entries;
        /// The keys are those in the entries, which stay where they are.
        std::unordered_map<std::string_view, Entries::iterator> by_key;
    };

    TokenBucket& bucket_of(Shard& shard, std::string_view key) const;

    const Clock& clock_;
    std::size_t shard_keys_max_;
    std::array<Shard, kShards> shards_;
};

}  // namespace tw::cache
