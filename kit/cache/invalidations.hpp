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

/// What this process knows about changes to rows that are cached: one for all loops. Thread-safe.
///
/// It answers two questions. Has a row been changed since a read of it began, so that nobody who comes now may share what that
/// read will bring? And did the cache fail to learn of a change, so that what it holds of the row must not be believed?
class Invalidations {
 public:
    /// Rows that may be in doubt at once; beyond, every row is, until the last of the doubts is over.
    static constexpr std::size_t kDoubtsMax = 10'000;

    /// A number that is another after each change of the row (and, seldom, after that of another row).
    std::uint64_t epoch(std::string_view key) const { return slot(key).load(std::memory_order_acquire); }
    void on_changed(std::string_view key) { slot(key).fetch_add(1, std::memory_order_acq_rel); }

    /// The cache did not learn that the row is at `version`: it is not to be believed before `until`.
    void doubt(std::string_view key, std::int64_t version, SteadyTime now, SteadyTime until);
    /// The cache knows of that version.
    void trust(std::string_view key, std::int64_t version);

    struct Doubt {
        bool in_doubt = false;
        /// What the cache has missed, where it is known.
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
    /// Nearly always none, and then nobody takes the lock.
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, Missed> missed_;
    SteadyTime all_until_{};
};

}  // namespace tw::cache
