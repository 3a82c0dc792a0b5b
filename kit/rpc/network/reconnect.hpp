#pragma once

#include "kit/base/clock.hpp"
#include "kit/rpc/state.hpp"

#include <chrono>

namespace tw::rpc {

/// Decides when a subchannel connects: a state machine without I/O. Told what happened and what time it is, it says what to do.
///
/// After a failure, calls fail at once until a random moment below a bound that doubles with each failure (exponential
/// back-off with full jitter): a callee that comes back is not met by all its callers at once.
class Reconnect {
 public:
    enum class Advice {
        use,      ///< there is a connection
        connect,  ///< start connecting, and wait for the outcome
        wait,     ///< connecting is under way
        fail,     ///< the last attempt failed a moment ago
    };

    Reconnect(std::chrono::nanoseconds first, std::chrono::nanoseconds last) : first_{first}, last_{last} {}

    /// A call wants to be made. After `connect` the attempt counts as started.
    Advice on_call(SteadyTime now);
    void on_connected();
    /// The attempt failed. `random` is uniform in [0, 1).
    void on_failed(SteadyTime now, double random);
    /// The connection ended, or takes no more calls. One that the peer never answered on counts as a failed attempt.
    void on_lost(SteadyTime now, bool peer_answered, double random);

    /// As it is without anybody calling: after a failure that is transient_failure until the next attempt.
    Connectivity connectivity() const;
    /// From when on the next attempt is allowed.
    SteadyTime retry_at() const { return retry_at_; }

 private:
    enum class State { idle, connecting, connected, backing_off };

    std::chrono::nanoseconds first_;
    std::chrono::nanoseconds last_;
    State state_ = State::idle;
    std::chrono::nanoseconds bound_{0};
    SteadyTime retry_at_{};
};

}  // namespace tw::rpc
