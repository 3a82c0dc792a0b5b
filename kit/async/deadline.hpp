#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <compare>

namespace tw {

/// The moment after which an answer is of no use. Travels with the call, so that everybody downstream has what is left.
class Deadline {
 public:
    static constexpr Deadline never() { return Deadline{SteadyTime::max()}; }
    static constexpr Deadline at(SteadyTime when) { return Deadline{when}; }
    static Deadline after(SteadyTime now, std::chrono::nanoseconds delay) { return Deadline{now + delay}; }

    constexpr bool is_never() const { return when_ == SteadyTime::max(); }
    constexpr SteadyTime when() const { return when_; }
    constexpr bool passed(SteadyTime now) const { return now >= when_; }
    /// Zero once passed. Do not ask when is_never().
    std::chrono::nanoseconds remaining(SteadyTime now) const { return std::max(when_ - now, SteadyTime::duration::zero()); }
    constexpr auto operator<=>(const Deadline&) const = default;

 private:
    constexpr explicit Deadline(SteadyTime when) : when_{when} {}
    SteadyTime when_;
};

}  // namespace tw
