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

/// Limits how often one log records the same message, so that a flood of refusals or failures cannot fill the disk: so many
/// records of one kind in a window, and the others are counted. Two records are of the same kind if they have the same event and
/// the same error.type. Thread-safe.
class RepeatLimit {
 public:
    static constexpr std::chrono::seconds kWindow{10};
    /// Kinds that are counted apart. An error.type is one of few words, so that only a mistake brings more; those share one
    /// count.
    static constexpr std::size_t kKindsMax = 1'000;

    /// At most `records_max` records of one kind in a window; 0 means no limit.
    explicit RepeatLimit(std::uint32_t records_max) : records_max_{records_max} {}

    /// What the kinds beyond `kKindsMax` are called.
    static constexpr std::string_view kOtherEvents = "log.other_events";

    struct LeftOut {
        std::string event;
        std::string error_type;
        Severity severity;
        std::uint64_t count;
    };
    /// Whether a record of this kind may be written now.
    bool admit(std::string_view event, std::string_view error_type, Severity severity, SteadyTime now);
    /// What was left out in windows that have ended; each is told of once. With `all` also in those that have not.
    std::vector<LeftOut> take_left_out(SteadyTime now, bool all);
    /// Records left out so far, told of or not.
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
