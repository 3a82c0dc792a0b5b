#pragma once

#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::console {

/// The time that a search may take.
class SearchTime {
 public:
    SearchTime(const Clock& clock, std::chrono::milliseconds max) : clock_{clock}, until_{clock.steady_now() + max} {}

    bool over() const { return clock_.steady_now() >= until_; }

 private:
    const Clock& clock_;
    SteadyTime until_;
};

}  // namespace tw::console
