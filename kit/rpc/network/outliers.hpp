#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <span>

namespace tw::rpc {

struct OutlierOptions {
    /// The greatest share of a callee's replicas that are ejected at once. 0 turns ejection off.
    double ejected_share_max = 0.5;
    /// The share of failed calls at which a replica is ejected.
    double failure_share = 0.5;
    /// A replica with fewer calls in an interval is not judged.
    std::uint64_t calls_least = 20;
    /// How often the replicas are judged.
    std::chrono::milliseconds interval{10'000};
    /// How long a replica is ejected. The time doubles from the first value to the last with each
    /// ejection.
    std::chrono::milliseconds ejection_first{10'000};
    std::chrono::milliseconds ejection_last{300'000};
};

/// Ejects the replicas of a callee whose calls fail more often than those of the others: they get
/// no calls for some time. It is a state machine without I/O. A callee whose replicas all fail has
/// no outlier, so none is ejected.
class Outliers {
 public:
    /// What is known of one replica.
    struct Record {
        /// The calls of the current interval.
        std::uint64_t succeeded = 0;
        std::uint64_t failed = 0;
        /// The number of ejections that lengthen the next one. An interval without an ejection
        /// takes one off.
        int ejections = 0;
        SteadyTime ejected_until{};

        bool ejected(SteadyTime now) const { return now < ejected_until; }
    };

    explicit Outliers(const OutlierOptions& options) : options_{options} {}

    /// Whether an interval has ended, so that `judge` is to be called.
    bool due(SteadyTime now) const { return options_.ejected_share_max > 0 && now >= judged_at_ + options_.interval; }
    /// Ends the interval: ejects outliers, the worst first, and starts to count anew. Returns how
    /// many were ejected. `records` are those of all replicas.
    int judge(std::span<Record* const> records, SteadyTime now);

 private:
    bool is_outlier(const Record& record, std::span<Record* const> records) const;
    void eject(Record& record, SteadyTime now) const;

    OutlierOptions options_;
    SteadyTime judged_at_{};
};

}  // namespace tw::rpc
