#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tw::cache {

/// The answer of a cache to a lookup of a key.
struct Lookup {
    enum class Outcome : std::uint8_t {
        hit,      ///< `value` is the row as it was at `version`
        absent,   ///< the row was looked for a moment ago, and does not exist
        miss,     ///< nothing is known; a fill with this lease is welcome
        failed,   ///< the cache could not answer: ask the source, do not fill
        skipped,  ///< the cache was not asked, since it is away or in doubt about this key: ask the source, do not fill
    };
    Outcome outcome = Outcome::miss;
    std::int64_t version = 0;
    std::shared_ptr<const std::string> value;
    /// After a miss: the lease that the fill must present.
    std::uint64_t lease = 0;
};

/// What is known about a row: its bytes at a version, or that it does not exist (`value` null,
/// version 0).
struct Fill {
    std::uint64_t lease = 0;
    std::int64_t version = 0;
    std::shared_ptr<const std::string> value;
    std::chrono::milliseconds ttl{0};
};

/// The outcome of a fill. The caller need not react to any of them.
enum class FillOutcome : std::uint8_t {
    stored,
    refused,  ///< the lease is gone, or something newer is known
    failed,
};

/// Keeps rows for a while. A cache never fails a caller: at worst it knows nothing. Rows have
/// versions that grow with each change. A row that does not exist counts as version 0.
///
/// A miss leaves a lease at the key, and a fill is accepted only while that lease is still there.
/// An invalidation removes the lease, and so does everything that makes the cache forget: a
/// restart, an eviction, time (`kLeaseTime`). A caller who read a row before it was changed
/// therefore cannot put the old row back, however late the fill comes. An invalidation also leaves
/// the version behind for a while (a tombstone), and a fill with a lower version is refused. A
/// caller who reads from a standby that lags behind therefore cannot put the old row back either.
class Cache {
 public:
    /// The longest time from a lookup to the fill that follows it.
    static constexpr std::chrono::seconds kLeaseTime{10};
    /// How long the version of an invalidation is remembered.
    static constexpr std::chrono::seconds kTombstoneTime{30};

    virtual ~Cache() = default;

    /// Returns the answer if it needs no I/O, otherwise nothing; `get` must then be awaited.
    virtual std::optional<Lookup> get_now(std::string_view key) = 0;
    /// Looks a key up. `key` must stay valid until the task ends.
    virtual Task<Lookup> get(const CallContext& ctx, std::string_view key) = 0;
    virtual Task<FillOutcome> fill(const CallContext& ctx, std::string_view key, const Fill& fill) = 0;
    /// Call this after the commit that brought the row to `version`; a removal counts as one, too.
    /// The cache forgets everything older. Returns false if the invalidation did not reach the
    /// cache; the implementation says who may then see the old row, and for how long.
    virtual Task<bool> invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) = 0;
};

}  // namespace tw::cache
