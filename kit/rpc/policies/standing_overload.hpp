#pragma once

#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::rpc {

/// Tells a short burst of calls from overload that lasts. It is a state machine without I/O. In a
/// burst, calls may wait, because there will soon be room. In overload, a queue that stands only
/// makes every call late (the idea of CoDel, RFC 8289), so calls are refused at once.
class StandingOverload {
 public:
    /// Overload lasts once calls have found no room for `after`, without a pause of that length.
    explicit StandingOverload(std::chrono::milliseconds after) : after_{after} {}

    /// Records that a call has found no room. Returns whether overload lasts.
    bool on_full(SteadyTime now) {
        if (!begun_ || now - last_ > after_) since_ = now;
        begun_ = true;
        last_ = now;
        return now - since_ >= after_;
    }

 private:
    std::chrono::milliseconds after_;
    bool begun_ = false;
    SteadyTime since_{};
    SteadyTime last_{};
};

}  // namespace tw::rpc
