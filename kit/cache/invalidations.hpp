#pragma once

#include "kit/base/clock.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::cache {

/// What this process knows about changes to cached rows. All loops share one object. Thread-safe.
///
/// It answers two questions. Has a row been changed since a read of it began? Then later callers
/// may not share the result of that read. Did the cache fail to learn of a change? Then its entry
/// for the row must not be used.
class Invalidations {
 public:
    /// How many rows may be in doubt at once. Beyond that number every row is in doubt, until the
    /// last doubt has ended.
    static constexpr std::size_t kDoubtsMax = 10'000;

    /// Returns a number that differs after each change of the row. In rare cases a change of
    /// another row changes it too.
    std::uint64_t epoch(std::string_view key) const { return slot(key).load(std::memory_order_acquire); }
    void on_changed(std::string_view key) { slot(key).fetch_add(1, std::memory_order_acq_rel); }

    /// Records that the cache was not told that the row is at `version`. Its entry is not used
    /// before `until`.
    void doubt(std::string_view key, std::int64_t version, SteadyTime now, SteadyTime until);
    /// Records that the cache knows of that version.
    void trust(std::string_view key, std::int64_t version);

    struct Doubt {
        bool in_doubt = false;
        /// The version that the cache has missed; 0 if it is not known.
        std::int64_t version = 0;
    };
    Doubt doubted(std::string_view key, SteadyTime now);
    std::size_t doubts() const { return count_.load(std::memory_order_relaxed); }

 private:
    static constexpr std::size_t kSlots = 1024;

    struct Missed {
        std::int64_t version;
        SteadyTime until;
    };

    const std::atomic<std::uint64_t>& slot(std::string_view key) const {
        return epochs_[std::hash<std::string_view>{}(key) % kSlots];
    }
    std::atomic<std::uint64_t>& slot(std::string_view key) { return epochs_[std::hash<std::string_view>{}(key) % kSlots]; }

    std::array<std::atomic<std::uint64_t>, kSlots> epochs_{};
    /// The number of rows in doubt. It is nearly always zero, and then no caller takes the lock.
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, Missed> missed_;
    SteadyTime all_until_{};
};

}  // namespace tw::cache
