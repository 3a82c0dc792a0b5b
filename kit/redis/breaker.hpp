#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tw::redis {

/// Decides whether a dependency that keeps failing is asked at all: a state machine without I/O. Several failures in a row open
/// it; while it is open nobody asks, but now and then one probe does; a probe that succeeds closes it.
class Breaker {
 public:
    struct Limits {
        /// Failures in a row that open it.
        int failures_max = 5;
        /// From one probe to the next: doubles from the first to the last while they fail.
        std::chrono::nanoseconds probe_first = std::chrono::milliseconds{500};
        std::chrono::nanoseconds probe_last = std::chrono::seconds{8};
    };
    enum class Change { none, opened, closed };

    explicit Breaker(Limits limits) : limits_{limits} {}

    /// Whether `allows` would say yes.
    bool would_allow(SteadyTime now) const { return !open_ || now >= probe_at_; }
    /// Whether to ask now. A yes while it is open is the probe's: until the next one is due nobody else gets one, so that
    /// a probe of which nothing is heard blocks nobody for ever.
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
            // Those that were under way when it opened say nothing new.
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

}  // namespace tw::redis
