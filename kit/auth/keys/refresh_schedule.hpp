#pragma once

#include "kit/auth/key_refresh.hpp"
#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"

#include <optional>

namespace tw::auth {

/// Decides when the keys of an issuer are read. It does no I/O and reads no clock. Its owner says
/// when a reading begins and how it ends, and begins no second one meanwhile.
class RefreshSchedule {
 public:
    explicit RefreshSchedule(const KeyRefreshOptions& options)
        : options_{options}, backoff_{{.first = options.retry_first, .last = options.retry_last, .part_least = 0.5}} {}

    /// Whether the keys that were read last may be used.
    bool usable(SteadyTime now) const { return read_at_ && now < *read_at_ + options_.age_max; }
    /// Whether a reading should begin: the first one, the next one, or one after a failure.
    bool due(SteadyTime now) const { return now >= due_at_; }
    /// Whether an unknown name may cause a reading.
    bool may_look_for_unknown(SteadyTime now) const { return !looked_at_ || now >= *looked_at_ + options_.unknown_pause; }

    void on_unknown(SteadyTime now) { looked_at_ = now; }
    /// `random` is uniform in [0, 1).
    void on_success(SteadyTime now, double random) {
        read_at_ = now;
        const std::chrono::duration<double, std::milli> next = options_.period * (0.9 + 0.2 * random);
        due_at_ = now + std::chrono::duration_cast<std::chrono::nanoseconds>(next);
        backoff_.reset();
    }
    void on_failure(SteadyTime now, double random) { due_at_ = now + backoff_.next(random); }

 private:
    KeyRefreshOptions options_;
    Backoff backoff_;
    std::optional<SteadyTime> read_at_;
    std::optional<SteadyTime> looked_at_;
    SteadyTime due_at_ = SteadyTime::min();
};

}  // namespace tw::auth
