#pragma once

#include "kit/cache/rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tw::cache {

/// The arithmetic of one bucket, without a clock. The caller passes the time in microseconds since
/// any fixed moment. A bucket that fills evenly is described by the moment when it is full, so that
/// one number is all its state. A full bucket need not be kept.
class TokenBucket {
 public:
    using Micros = std::chrono::microseconds;

    /// A bucket that was never used is full.
    constexpr TokenBucket() = default;

    RateDecision take(Micros now, const Rate& rate) {
        const auto capacity = capacity_of(rate);
        // After a clock was set back, a caller waits no longer than an empty bucket takes to fill.
        const auto full_at = std::clamp(full_at_, now, now + capacity);
        const auto after = full_at + rate.interval;
        const auto over = after - now - capacity;
        RateDecision decision{.allowed = over <= Micros::zero(), .limit = rate.burst};
        full_at_ = decision.allowed ? after : full_at;
        decision.remaining = static_cast<std::uint32_t>((capacity - (full_at_ - now)) / rate.interval);
        decision.reset = full_at_ - now;
        if (!decision.allowed) decision.retry_after = over;
        return decision;
    }

    /// The moment from which the bucket is full, like a new one.
    Micros full_at() const { return full_at_; }

 private:
    /// How long an empty bucket takes to fill. It is a century at most, so that no sum overflows.
    static Micros capacity_of(const Rate& rate) {
        constexpr Micros kLongest = std::chrono::years{100};
        if (rate.interval > kLongest / rate.burst) return kLongest;
        return rate.interval * rate.burst;
    }

    Micros full_at_{0};
};

}  // namespace tw::cache
