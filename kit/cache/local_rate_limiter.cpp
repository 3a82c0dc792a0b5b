#include "kit/cache/local_rate_limiter.hpp"

#include <algorithm>
#include <chrono>

namespace tw::cache {

LocalRateLimiter::LocalRateLimiter(const Clock& clock, std::size_t keys_max)
    : clock_{clock}, shard_keys_max_{std::max<std::size_t>(keys_max / kShards, 1)} {}

RateDecision LocalRateLimiter::decide(std::string_view key, const Rate& rate) {
    const auto now = std::chrono::duration_cast<TokenBucket::Micros>(clock_.steady_now().time_since_epoch());
    const HashedKey hashed{key, std::hash<std::string_view>{}(key)};
    // The lower bits of the hash choose the place in the map, so the upper ones choose the shard.
    auto& shard = shards_[(hashed.hash >> 48) % kShards];
    const std::lock_guard lock{shard.mutex};
    return bucket_of(shard, hashed).take(now, rate);
}

Task<RateDecision> LocalRateLimiter::take(const CallContext&, std::string_view key, const Rate& rate) {
    co_return decide(key, rate);
}

std::size_t LocalRateLimiter::keys() const {
    std::size_t count = 0;
    for (const auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        count += shard.entries.size();
    }
    return count;
}

TokenBucket& LocalRateLimiter::bucket_of(Shard& shard, const HashedKey& key) const {
    auto& entries = shard.entries;
    if (const auto known = shard.by_key.find(key); known != shard.by_key.end()) {
        entries.splice(entries.begin(), entries, known->second);
        return entries.front().bucket;
    }
    if (entries.size() < shard_keys_max_) {
        entries.push_front({std::string{key.text}, key.hash, {}});
    } else {
        shard.by_key.erase(HashedKey{entries.back().key, entries.back().hash});
        entries.splice(entries.begin(), entries, std::prev(entries.end()));
        entries.front() = {std::string{key.text}, key.hash, {}};
    }
    shard.by_key.emplace(HashedKey{entries.front().key, key.hash}, entries.begin());
    return entries.front().bucket;
}

}  // namespace tw::cache
