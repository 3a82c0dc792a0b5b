#pragma once

#include "kit/base/clock.hpp"
#include "kit/telemetry/resource.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::console {

/// Why the console does not take records.
enum class Refusal : std::uint8_t {
    unreadable,  ///< the request is no export request of OTLP
    bad_record,  ///< a record has a bad id, or is too large
    queue_full,  ///< too much waits to be stored
    share_full,  ///< too much of one sender waits
    not_stored,  ///< the disk does not take it
};
inline constexpr std::array<std::string_view, 5> kRefusalNames{"unreadable", "bad_record", "queue_full", "share_full",
                                                               "not_stored"};

/// Counts what the console receives, in records, and what becomes of it. Data points of metrics do
/// not count. Thread-safe.
class IntakeStats {
 public:
    static constexpr std::size_t kSignals = 3;
    /// The most commits whose durations wait to be taken. Those of further ones are not kept.
    static constexpr std::size_t kCommitsMax = 4096;

    void refused(telemetry::Signal signal, Refusal why, std::uint64_t records) {
        refused_[index(signal)][static_cast<std::size_t>(why)] += records;
    }
    void taken(telemetry::Signal signal, std::uint64_t records) { taken_[index(signal)] += records; }
    /// Counts records that were taken and, since too many came, are not stored.
    void left_out(telemetry::Signal signal, std::uint64_t records) { left_out_[index(signal)] += records; }
    /// The share of records that is stored at this time.
    void stores_share(double share, SteadyTime now) {
        share_ = share;
        share_at_ = now.time_since_epoch().count();
    }
    void keeps(std::size_t waiting_bytes, std::int64_t kept_bytes) {
        waiting_bytes_ = waiting_bytes;
        kept_bytes_ = kept_bytes;
    }
    void committed(std::chrono::nanoseconds took) {
        const std::scoped_lock lock{mutex_};
        if (commits_.size() < kCommitsMax) commits_.push_back(std::chrono::duration<double>{took}.count());
    }

    std::uint64_t refused(telemetry::Signal signal, Refusal why) const {
        return refused_[index(signal)][static_cast<std::size_t>(why)];
    }
    std::uint64_t left_out(telemetry::Signal signal) const { return left_out_[index(signal)]; }
    /// What was taken and is not left out. It takes some seconds until it is known that a record is
    /// left out for good.
    std::uint64_t stored(telemetry::Signal signal) const {
        const std::uint64_t left_out = left_out_[index(signal)];
        const std::uint64_t taken = taken_[index(signal)];
        return taken - std::min(left_out, taken);
    }
    /// All that came: what was stored, left out and refused.
    std::uint64_t received(telemetry::Signal signal) const {
        std::uint64_t sum = taken_[index(signal)];
        for (const auto& refused : refused_[index(signal)]) sum += refused;
        return sum;
    }
    /// 1 if nothing has come for two seconds.
    double share_stored(SteadyTime now) const {
        const SteadyTime at{SteadyTime::duration{share_at_}};
        return now - at < std::chrono::seconds{2} ? share_.load() : 1;
    }
    std::size_t waiting_bytes() const { return waiting_bytes_; }
    std::int64_t kept_bytes() const { return kept_bytes_; }
    /// How long each commit took since the last call, in seconds.
    std::vector<double> take_commits() const {
        const std::scoped_lock lock{mutex_};
        return std::exchange(commits_, {});
    }

 private:
    using Count = std::atomic<std::uint64_t>;

    static constexpr std::size_t index(telemetry::Signal signal) { return static_cast<std::size_t>(signal); }

    std::array<std::array<Count, kRefusalNames.size()>, kSignals> refused_{};
    std::array<Count, kSignals> taken_{};
    std::array<Count, kSignals> left_out_{};
    std::atomic<double> share_ = 1;
    std::atomic<SteadyTime::rep> share_at_ = 0;
    std::atomic<std::size_t> waiting_bytes_ = 0;
    std::atomic<std::int64_t> kept_bytes_ = 0;
    mutable std::mutex mutex_;
    mutable std::vector<double> commits_;
};

}  // namespace tw::console
