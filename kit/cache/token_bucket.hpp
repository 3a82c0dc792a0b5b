#pragma once

#include "kit/cache/rate_limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tw::cache {

/// The arithmetic of one bucket, without a clock: microseconds since whenever come in. A bucket that fills evenly is known by
/// the moment from which on it is full, so that one number is all there is to keep; a bucket that is full need not be kept.
class TokenBucket {
 public:
    using Micros = std::chrono::microseconds;

    /// What has never been used is full.
    constexpr TokenBucket() = default;

    RateDecision take(Micros now, const Rate& rate) {
        const auto capacity = capacity_of(rate);
        // A clock that was set back must not keep anybody out for longer than an empty bucket does.
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

    /// From then on it is as good as new.
    Micros full_at() const { return full_at_; }

 private:
    /// How long an empty bucket takes to fill; a century at most, so that no sum overflows.
    static Micros capacity_of(const Rate& rate) {
        constexpr Micros kLongest = std::chrono::years{100};
        if (rate.interval > kLongest / rate.burst) return kLongest;
        return rate.interval * rate.burst;
    }

    Micros full_at_{0};
};

}  // namespace tw::cache
