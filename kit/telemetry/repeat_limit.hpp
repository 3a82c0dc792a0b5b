#pragma once

#include "kit/base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::telemetry {

enum class Severity : std::uint8_t;

/// Limits how often one log records the same message, so that a flood of refusals or failures
/// cannot fill the disk. In each window a fixed number of records of one kind is written; the
/// others are counted. Two records are of the same kind if they have the same event and the same
/// error.type. Thread-safe.
class RepeatLimit {
 public:
    static constexpr std::chrono::seconds kWindow{10};
    /// How many kinds are counted separately. An error.type is one of few words, so only a mistake
    /// makes more kinds; those share one count.
    static constexpr std::size_t kKindsMax = 1'000;

    /// Allows at most `records_max` records of one kind in a window. 0 means no limit.
    explicit RepeatLimit(std::uint32_t records_max) : records_max_{records_max} {}

    /// The event name for the kinds beyond `kKindsMax`.
    static constexpr std::string_view kOtherEvents = "log.other_events";

    struct LeftOut {
        std::string event;
        std::string error_type;
        Severity severity;
        std::uint64_t count;
    };
    /// Returns whether a record of this kind may be written now.
    bool admit(std::string_view event, std::string_view error_type, Severity severity, SteadyTime now);
    /// Returns what was left out in windows that have ended, each count once. With `all` it also
    /// includes windows that have not ended.
    std::vector<LeftOut> take_left_out(SteadyTime now, bool all);
    /// The number of records left out so far, whether reported or not.
    std::uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }

 private:
    struct Count {
        SteadyTime window_start;
        std::uint32_t written = 0;
        std::uint64_t untold = 0;
        Severity severity;
    };

    const std::uint32_t records_max_;
    std::atomic<std::uint64_t> left_out_{0};
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Count, std::less<>> counts_;
};

}  // namespace tw::telemetry
