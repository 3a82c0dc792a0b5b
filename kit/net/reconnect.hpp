#pragma once

#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"

#include <chrono>
#include <cstdint>

namespace tw::net {

/// Decides when a client connects. It is a state machine without I/O: it is told what happened and
/// what time it is, and says what to do.
///
/// After a failure, requests fail at once until a random moment below a bound that doubles with
/// each failure (exponential back-off with full jitter). So a server that comes back is not met by
/// all its clients at once.
class Reconnect {
 public:
    enum class Advice : std::uint8_t {
        use,      ///< there is a connection
        connect,  ///< start connecting, and wait for the outcome
        wait,     ///< connecting is under way
        fail,     ///< the last attempt failed a moment ago
    };
    enum class State : std::uint8_t { idle, connecting, connected, backing_off };

    /// The bound of the pause begins with `first` and ends with `last`.
    Reconnect(std::chrono::nanoseconds first, std::chrono::nanoseconds last) : backoff_{{.first = first, .last = last}} {}

    /// A connection is needed. After `connect` the attempt counts as started.
    Advice on_demand(SteadyTime now);
    void on_connected() { state_ = State::connected; }
    /// The attempt failed. `random` is uniform in [0, 1).
    void on_failed(SteadyTime now, double random);
    /// The connection ended, or takes no more requests. If the peer never answered on it, it counts
    /// as a failed attempt. Otherwise the next attempt may follow at once, since the server may
    /// only have restarted.
    void on_lost(SteadyTime now, bool peer_answered, double random);
    /// Allows the next attempt at once. The pause after another failure is as long as it would have
    /// been.
    void hurry(SteadyTime now);

    /// The state while no connection is demanded. It is `backing_off` until the next attempt.
    State state() const { return state_; }
    /// The time from which the next attempt is allowed.
    SteadyTime retry_at() const { return retry_at_; }

 private:
    Backoff backoff_;
    State state_ = State::idle;
    SteadyTime retry_at_{};
};

}  // namespace tw::net
