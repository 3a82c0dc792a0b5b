#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstdint>
#include <ratio>

namespace tw {

/// The moment after which an answer is of no use. It travels with the call, so that every service
/// downstream knows how much time is left.
class Deadline {
 public:
    static constexpr Deadline never() { return Deadline{SteadyTime::max()}; }
    static constexpr Deadline at(SteadyTime when) { return Deadline{when}; }
    /// Returns the deadline `delay` after `now`. The delay may be of any size, since it may come
    /// from outside. A sum that no time point can hold becomes never, or a moment long passed for a
    /// negative delay.
    template <std::integral Rep, class Period>
    static constexpr Deadline after(SteadyTime now, std::chrono::duration<Rep, Period> delay) {
        using NanosecondsEach = std::ratio_divide<Period, std::nano>;
        static_assert(NanosecondsEach::den == 1, "time points count whole nanoseconds");
        std::int64_t nanoseconds = 0;
        std::int64_t when = 0;
        if (__builtin_mul_overflow(delay.count(), std::int64_t{NanosecondsEach::num}, &nanoseconds) ||
            __builtin_add_overflow(std::int64_t{now.time_since_epoch().count()}, nanoseconds, &when)) {
            return delay.count() > 0 ? never() : at(SteadyTime::min());
        }
        return at(SteadyTime{SteadyTime::duration{when}});
    }

    constexpr bool is_never() const { return when_ == SteadyTime::max(); }
    constexpr SteadyTime when() const { return when_; }
    constexpr bool passed(SteadyTime now) const { return now >= when_; }
    /// Returns the time that is left, or zero once the deadline has passed. Do not call it when
    /// is_never().
    constexpr std::chrono::nanoseconds remaining(SteadyTime now) const {
        return passed(now) ? SteadyTime::duration::zero() : when_ - now;
    }
    constexpr auto operator<=>(const Deadline&) const = default;

 private:
    constexpr explicit Deadline(SteadyTime when) : when_{when} {}
    SteadyTime when_;
};

}  // namespace tw
