#pragma once

#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::rpc {

/// Decides when a name is looked up. It is a state machine without I/O. There is one lookup at a
/// time. After a lookup that succeeded, the next one follows no sooner than `interval_least`,
/// however often it is wanted, and no later than `period`. If `period` is zero, a lookup happens
/// only when it is wanted. After a lookup that failed, the next one follows at the end of the
/// back-off, which doubles from `backoff_first` to `backoff_last`.
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

    /// Asks for a lookup, because a connection was lost or could not be made and the addresses may
    /// have changed.
    void want() { wanted_ = true; }
    /// Returns whether to start a lookup now. If so, the lookup counts as started.
    bool start(SteadyTime now);
    void on_succeeded(SteadyTime now);
    /// `random` must be uniform in [0, 1).
    void on_failed(SteadyTime now, double random);

    bool running() const { return running_; }
    /// When to call `start` next if nothing else happens. SteadyTime::max() means never.
    SteadyTime next() const;

 private:
    Options options_;
    bool running_ = false;
    bool wanted_ = true;
    bool failed_ = false;
    /// A pause is at least half of its bound, so that the name server is not asked several times in
    /// a moment.
    Backoff backoff_;
    /// The time from which the next lookup is allowed.
    SteadyTime allowed_at_{};
    SteadyTime period_end_ = SteadyTime::max();
};

}  // namespace tw::rpc
