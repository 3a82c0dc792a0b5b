#pragma once

#include "kit/base/clock.hpp"
#include "kit/cache/cache.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tw::cache {

/// A cache in this process: the default where one process owns the database. It does not learn of
/// changes by other processes, so several replicas on one database use RedisCache, or no cache.
///
/// A LocalCache is thread-safe, and all loops share one, since a change on one loop concerns all.
/// Keys are distributed over shards, each with a lock that is held for some tens of nanoseconds.
/// After an invalidation has returned, no caller sees an older row.
///
/// The cache is bounded by the number of entries and by the bytes of keys and values. Beyond the
/// bound, the entry that was not used for the longest time is removed. A value that is larger than
/// one shard's share is not stored.
class LocalCache final : public Cache {
 public:
    struct Limits {
        std::size_t entries_max = 100'000;
        std::size_t bytes_max = 64 << 20;
    };

    /// `clock` outlives the cache.
    explicit LocalCache(const Clock& clock) : LocalCache{clock, Limits{}} {}
    LocalCache(const Clock& clock, Limits limits);

    Lookup lookup(std::string_view key);
    FillOutcome put(std::string_view key, const Fill& fill);
    void forget(std::string_view key, std::int64_t version);
    /// Forgets everything.
    void clear();

    std::optional<Lookup> get_now(std::string_view key) override { return lookup(key); }
    Task<Lookup> get(const CallContext& ctx, std::string_view key) override;
    Task<FillOutcome> fill(const CallContext& ctx, std::string_view key, const Fill& fill) override;
    Task<bool> invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) override;

    struct Usage {
        std::size_t entries = 0;
        std::size_t bytes = 0;
    };
    Usage usage() const;

 private:
    static constexpr std::size_t kShards = 16;
    /// The memory of an entry beside its key and value, in bytes.
    static constexpr std::size_t kEntryBytes = 160;

    enum class Kind : std::uint8_t { value, absent, lease, tombstone };

    struct Entry {
        std::string key;
        Kind kind = Kind::value;
        /// The row's version. For a lease and a tombstone it is the lowest version that a fill may
        /// have.
        std::int64_t version = 0;
        std::uint64_t lease = 0;
        std::shared_ptr<const std::string> value;
        std::int64_t expires_at_us = 0;
        std::size_t bytes() const { return kEntryBytes + key.size() + (value ? value->size() : 0); }
    };
    using Entries = std::list<Entry>;
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        /// The entries in order of their last use, the latest first.
        Entries entries;
        std::unordered_map<std::string_view, Entries::iterator> by_key;
        std::size_t bytes = 0;
        std::uint64_t last_lease = 0;
    };

    Shard& shard_of(std::string_view key);
    std::int64_t now_us() const;
    /// Returns null if there is no such entry or it has expired.
    static Entry* find(Shard& shard, std::string_view key, std::int64_t now);
    void store(Shard& shard, Entry entry) const;
    static void erase(Shard& shard, Entries::iterator entry);

    const Clock& clock_;
    Limits shard_limits_;
    std::array<Shard, kShards> shards_;
};

}  // namespace tw::cache
