#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tw::redis {

/// Decides when a client connects. It is a state machine without I/O. After a failure the next
/// attempt waits for a random time below a bound that doubles with each failure (exponential
/// back-off with full jitter).
class Reconnect {
 public:
    enum class Advice {
        use,      ///< there is a connection
        connect,  ///< start connecting, and wait for the outcome
        wait,     ///< connecting is under way
        fail,     ///< the last attempt failed a moment ago
    };

    Reconnect(std::chrono::nanoseconds first, std::chrono::nanoseconds last) : first_{first}, last_{last} {}

    /// A command is to be sent. After `connect` the attempt counts as started.
    Advice on_command(SteadyTime now) {
        if (state_ == State::connected) return Advice::use;
        if (state_ == State::connecting) return Advice::wait;
        if (now < retry_at_) return Advice::fail;
        state_ = State::connecting;
        return Advice::connect;
    }
    /// The server has accepted the connection.
    void on_connected() {
        state_ = State::connected;
        bound_ = {};
    }
    /// The attempt failed, or the connection ended. `random` is uniform in [0, 1).
    void on_ended(SteadyTime now, double random) {
        const bool served = state_ == State::connected;
        state_ = State::idle;
        // After a connection that served commands the first attempt is made at once, as the server
        // may only have restarted.
        if (served) return;
        bound_ = bound_.count() == 0 ? first_ : std::min(2 * bound_, last_);
        retry_at_ = now + std::chrono::duration_cast<std::chrono::nanoseconds>(bound_ * random);
    }

 private:
    enum class State { idle, connecting, connected };

    std::chrono::nanoseconds first_;
    std::chrono::nanoseconds last_;
    State state_ = State::idle;
    std::chrono::nanoseconds bound_{0};
    SteadyTime retry_at_{};
};

}  // namespace tw::redis
