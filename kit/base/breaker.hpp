#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tw {

/// Decides whether a failing dependency is called at all. It is a circuit breaker: a state machine
/// without I/O. Several failures in a row open it. While it is open no calls are made, except for a
/// probe now and then. A probe that succeeds closes it.
class Breaker {
 public:
    struct Limits {
        /// How many failures in a row open it.
        int failures_max = 5;
        /// The time between probes. It doubles from the first value to the last while probes fail.
        std::chrono::nanoseconds probe_first = std::chrono::milliseconds{500};
        std::chrono::nanoseconds probe_last = std::chrono::seconds{8};
    };
    enum class Change { none, opened, closed };

    explicit Breaker(Limits limits) : limits_{limits} {}

    /// Returns what `allows` would return, and changes nothing.
    bool would_allow(SteadyTime now) const { return !open_ || now >= probe_at_; }
    /// Returns whether to make a call now. While the breaker is open, true makes this call the
    /// probe. Nobody else gets true until the next probe is due, so a probe that never ends does
    /// not block the others for ever.
    bool allows(SteadyTime now) {
        if (!open_) return true;
        if (now < probe_at_) return false;
        probe_at_ = now + pause_;
        return true;
    }
    Change on_success() {
        failures_ = 0;
        if (!open_) return Change::none;
        open_ = false;
        return Change::closed;
    }
    Change on_failure(SteadyTime now) {
        if (open_) {
            // Calls that were under way when the breaker opened say nothing new.
            if (now < heed_from_) return Change::none;
            pause_ = std::min(2 * pause_, limits_.probe_last);
            rest(now);
            return Change::none;
        }
        if (++failures_ < limits_.failures_max) return Change::none;
        open_ = true;
        pause_ = limits_.probe_first;
        rest(now);
        return Change::opened;
    }
    bool open() const { return open_; }
    /// When the next probe is due. Valid while it is open.
    SteadyTime probe_at() const { return probe_at_; }

 private:
    void rest(SteadyTime now) {
        probe_at_ = now + pause_;
        heed_from_ = probe_at_;
    }

    Limits limits_;
    bool open_ = false;
    int failures_ = 0;
    std::chrono::nanoseconds pause_{0};
    SteadyTime probe_at_{};
    SteadyTime heed_from_{};
};

}  // namespace tw
