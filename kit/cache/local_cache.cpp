#include "kit/cache/local_cache.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace tw::cache {
namespace {

constexpr std::int64_t micros(std::chrono::microseconds time) { return time.count(); }

}  // namespace

LocalCache::LocalCache(const Clock& clock, Limits limits)
    : clock_{clock},
      shard_limits_{std::max<std::size_t>(limits.entries_max / kShards, 1),
                    std::max<std::size_t>(limits.bytes_max / kShards, 1)} {}

LocalCache::Shard& LocalCache::shard_of(std::string_view key) {
    return shards_[(std::hash<std::string_view>{}(key) >> 48) % kShards];
}

std::int64_t LocalCache::now_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady_now().time_since_epoch()).count();
}

Lookup LocalCache::lookup(std::string_view key) {
    const auto now = now_us();
    auto& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto* const entry = find(shard, key, now);
    if (entry == nullptr || entry->kind == Kind::tombstone) {
        const auto least = entry == nullptr ? 0 : entry->version;
        const auto lease = ++shard.last_lease;
        store(shard, {std::string{key}, Kind::lease, least, lease, nullptr, now + micros(kLeaseTime)});
        return {.lease = lease};
    }
    // Callers who come while a lease exists share it, since nothing was changed after it was given.
    if (entry->kind == Kind::lease) return {.lease = entry->lease};
    if (entry->kind == Kind::absent) return {.outcome = Lookup::Outcome::absent};
    return {.outcome = Lookup::Outcome::hit, .version = entry->version, .value = entry->value};
}

FillOutcome LocalCache::put(std::string_view key, const Fill& fill) {
    const auto now = now_us();
    auto& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto* const there = find(shard, key, now);
    if (there == nullptr || there->kind != Kind::lease || there->lease != fill.lease) return FillOutcome::refused;
    if (fill.version < there->version) return FillOutcome::refused;
    const auto kind = fill.value ? Kind::value : Kind::absent;
    Entry entry{std::string{key}, kind, fill.version, 0, fill.value, now + micros(fill.ttl)};
    if (entry.bytes() > shard_limits_.bytes_max) return FillOutcome::refused;
    store(shard, std::move(entry));
    return FillOutcome::stored;
}

void LocalCache::forget(std::string_view key, std::int64_t version) {
    const auto now = now_us();
    auto& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto* const there = find(shard, key, now);
    // A row that is as new as `version` may stay. A lease may not, since the read that took it may
    // have begun before the change.
    const bool known = there != nullptr && (there->kind == Kind::value || there->kind == Kind::tombstone);
    if (known && there->version >= version) return;
    const auto least = there == nullptr ? version : std::max(version, there->version);
    store(shard, {std::string{key}, Kind::tombstone, least, 0, nullptr, now + micros(kTombstoneTime)});
}

void LocalCache::clear() {
    for (auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        shard.by_key.clear();
        shard.entries.clear();
        shard.bytes = 0;
    }
}

Task<Lookup> LocalCache::get(const CallContext&, std::string_view key) { co_return lookup(key); }

Task<FillOutcome> LocalCache::fill(const CallContext&, std::string_view key, const Fill& fill) { co_return put(key, fill); }

Task<bool> LocalCache::invalidate(const CallContext&, std::string_view key, std::int64_t version) {
    forget(key, version);
    co_return true;
}

LocalCache::Usage LocalCache::usage() const {
    Usage usage;
    for (const auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        usage.entries += shard.entries.size();
        usage.bytes += shard.bytes;
    }
    return usage;
}

LocalCache::Entry* LocalCache::find(Shard& shard, std::string_view key, std::int64_t now) {
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    if (found->second->expires_at_us <= now) {
        erase(shard, found->second);
        return nullptr;
    }
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return &shard.entries.front();
}

void LocalCache::store(Shard& shard, Entry entry) const {
    if (const auto found = shard.by_key.find(entry.key); found != shard.by_key.end()) erase(shard, found->second);
    shard.bytes += entry.bytes();
    shard.entries.push_front(std::move(entry));
    shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
    while (shard.entries.size() > shard_limits_.entries_max || shard.bytes > shard_limits_.bytes_max) {
        if (shard.entries.size() == 1) break;
        erase(shard, std::prev(shard.entries.end()));
    }
}

void LocalCache::erase(Shard& shard, Entries::iterator entry) {
    shard.bytes -= entry->bytes();
    shard.by_key.erase(entry->key);
    shard.entries.erase(entry);
}

}  // namespace tw::cache
