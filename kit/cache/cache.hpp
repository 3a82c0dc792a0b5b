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

/// What a cache said about a key.
struct Lookup {
    enum class Outcome : std::uint8_t {
        hit,      ///< `value` is the row as it was at `version`
        absent,   ///< it was looked for a moment ago, and there is none
        miss,     ///< nothing is known; a fill with this lease is welcome
        failed,   ///< the cache could not say: ask the source, and do not fill
        skipped,  ///< the cache was not asked, because it is away or must not be believed about this key: likewise
    };
    Outcome outcome = Outcome::miss;
    std::int64_t version = 0;
    std::shared_ptr<const std::string> value;
    /// Of a miss: what the fill has to show.
    std::uint64_t lease = 0;
};

/// What is known about a row: its bytes at a version, or (`value` null, version 0) that there is none.
struct Fill {
    std::uint64_t lease = 0;
    std::int64_t version = 0;
    std::shared_ptr<const std::string> value;
    std::chrono::milliseconds ttl{0};
};

/// How a fill ended. None of them is anything to the caller.
enum class FillOutcome : std::uint8_t {
    stored,
    refused,  ///< the lease is gone, or something newer is known
    failed,
};

/// Keeps rows for a while. It never fails: at worst it knows nothing. Rows have versions that grow with each change;
/// absence counts as version 0.
///
/// The rule that everything follows from: a miss leaves a lease at the key, and a fill is taken only while that very lease is
/// still there. An invalidation takes it away, and so does everything that makes the cache forget: a restart, an eviction, time
/// (`kLeaseTime`). So whoever read a row before it was changed cannot put the old one back, however late his fill comes. Beside
/// that an invalidation leaves the version behind for a while (a tombstone), which no fill may be below: who reads from a
/// standby that lags behind cannot put the old row back either.
class Cache {
 public:
    /// From a lookup to the fill that follows from it.
    static constexpr std::chrono::seconds kLeaseTime{10};
    /// How long the version of an invalidation is remembered.
    static constexpr std::chrono::seconds kTombstoneTime{30};

    virtual ~Cache() = default;

    /// The answer where it needs no I/O; nothing where `get` must be awaited.
    virtual std::optional<Lookup> get_now(std::string_view key) = 0;
    /// Looks a key up; `key` stays until the task ends.
    virtual Task<Lookup> get(const CallContext& ctx, std::string_view key) = 0;
    virtual Task<FillOutcome> fill(const CallContext& ctx, std::string_view key, const Fill& fill) = 0;
    /// After the commit that brought the row to `version` (a removal counts as one, too): what is older is forgotten. False
    /// where it did not reach the cache; see the implementation for who may then see the old row, and for how long.
    virtual Task<bool> invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) = 0;
};

}  // namespace tw::cache
