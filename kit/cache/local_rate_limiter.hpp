#pragma once

#include "kit/base/clock.hpp"
#include "kit/cache/limit/token_bucket.hpp"
#include "kit/cache/rate_limiter.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::cache {

/// Limits rates within this process. Replicas use it while Redis is away. A single process needs no
/// other limiter.
///
/// A LocalRateLimiter is thread-safe, and all loops share one: a caller's connections are
/// distributed over all loops, and a limiter for each loop would multiply the caller's limit.
/// Buckets are distributed over shards, each with a lock that is held for some tens of nanoseconds.
/// A decision about a known key allocates nothing.
///
/// At most `keys_max` buckets are kept. Beyond that number the bucket that was not used for the
/// longest time is dropped; its key then has a full bucket again.
class LocalRateLimiter final : public RateLimiter {
 public:
    static constexpr std::size_t kKeysMax = 100'000;

    /// `clock` outlives the limiter.
    explicit LocalRateLimiter(const Clock& clock, std::size_t keys_max = kKeysMax);

    RateDecision decide(std::string_view key, const Rate& rate);

    std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) override { return decide(key, rate); }
    Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) override;

    /// Returns how many buckets are kept now.
    std::size_t keys() const;

 private:
    static constexpr std::size_t kShards = 16;

    struct Entry {
        std::string key;
        std::size_t hash;
        TokenBucket bucket;
    };
    /// A key with its hash, which is computed once for each decision.
    struct HashedKey {
        std::string_view text;
        std::size_t hash;
        bool operator==(const HashedKey&) const = default;
    };
    struct HashOfKey {
        std::size_t operator()(const HashedKey& key) const { return key.hash; }
    };
    using Entries = std::list<Entry>;
    /// Each shard has cache lines of its own, so that the locks of two loops do not share one.
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        /// The entries in order of their last use, the latest first.
        Entries entries;
        /// The keys refer to the texts in the entries, whose addresses do not change.
        std::unordered_map<HashedKey, Entries::iterator, HashOfKey> by_key;
    };

    TokenBucket& bucket_of(Shard& shard, const HashedKey& key) const;

    const Clock& clock_;
    std::size_t shard_keys_max_;
    std::array<Shard, kShards> shards_;
};

}  // namespace tw::cache
