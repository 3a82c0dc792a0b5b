#pragma once

#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::rpc {

/// Decides when a name is looked up: a state machine without I/O. One lookup at a time. After one that succeeded the next follows
/// no sooner than `interval_least`, however often somebody wants one, and no later than `period` (zero: only when somebody
/// does). After one that failed it follows when the back-off is over: it doubles from `backoff_first` to `backoff_last`.
class ResolveSchedule {
 public:
    struct Options {
        std::chrono::nanoseconds interval_least;
        std::chrono::nanoseconds period;
        std::chrono::nanoseconds backoff_first;
        std::chrono::nanoseconds backoff_last;
    };
    explicit ResolveSchedule(const Options& options)
        : options_{options}, backoff_{{.first = options.backoff_first, .last = options.backoff_last, .part_least = 0.5}} {}

    /// A connection was lost or could not be made: the addresses may have changed.
    void want() { wanted_ = true; }
    /// Whether to start one now; if so, it counts as started.
    bool start(SteadyTime now);
    void on_succeeded(SteadyTime now);
    /// `random` is uniform in [0, 1).
    void on_failed(SteadyTime now, double random);

    bool running() const { return running_; }
    /// When to call `start` next where nothing else happens; SteadyTime::max() for never.
    SteadyTime next() const;

 private:
    Options options_;
    bool running_ = false;
    bool wanted_ = true;
    bool failed_ = false;
    /// A pause is at least half of its bound: a name server is not asked again and again within a moment.
    Backoff backoff_;
    /// From when on the next one is allowed.
    SteadyTime allowed_at_{};
    SteadyTime period_end_ = SteadyTime::max();
};

}  // namespace tw::rpc
