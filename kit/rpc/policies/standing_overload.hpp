#pragma once

#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::rpc {

/// Tells a short burst of calls from overload that lasts. It is a state machine without I/O. In a
/// burst, calls may wait, because there will soon be room. In overload, a queue that stands only
/// makes every call late (the idea of CoDel, RFC 8289), so calls are refused at once. A queue that
/// stays short is no overload, however long calls find no room: clients that each send a call after
/// an answer keep it for ever.
class StandingOverload {
 public:
    /// Overload lasts once calls have been refused for `after`, without a pause of that length.
    explicit StandingOverload(std::chrono::milliseconds after) : after_{after} {}

    /// Records that a call was refused: too many waited, or it waited too long, or overload lasts.
    void on_refused(SteadyTime now) {
        if (!begun_ || now - last_ > after_ || now - since_ >= after_ + kLookAgain) since_ = now;
        begun_ = true;
        last_ = now;
    }
    /// Whether calls that find no room are to be refused at once.
    bool lasts(SteadyTime now) const {
        const auto lasted = now - since_;
        return begun_ && now - last_ <= after_ && lasted >= after_ && lasted < after_ + kLookAgain;
    }

 private:
    /// Calls may wait again after this time, to see whether the queue still grows too long.
    static constexpr std::chrono::seconds kLookAgain{30};

    std::chrono::milliseconds after_;
    bool begun_ = false;
    SteadyTime since_{};
    SteadyTime last_{};
};

}  // namespace tw::rpc
