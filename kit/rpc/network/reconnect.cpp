#include "kit/rpc/network/reconnect.hpp"

#include <algorithm>

namespace tw::rpc {

Reconnect::Advice Reconnect::on_call(SteadyTime now) {
    switch (state_) {
        case State::connected:
            return Advice::use;
        case State::connecting:
            return Advice::wait;
        case State::backing_off:
            if (now < retry_at_) return Advice::fail;
            break;
        case State::idle:
            break;
    }
    state_ = State::connecting;
    return Advice::connect;
}

Connectivity Reconnect::connectivity() const {
    switch (state_) {
        case State::idle:
            return Connectivity::idle;
        case State::connecting:
            return Connectivity::connecting;
        case State::connected:
            return Connectivity::ready;
        case State::backing_off:
            return Connectivity::transient_failure;
    }
    return Connectivity::idle;
}

void Reconnect::on_connected() { state_ = State::connected; }

void Reconnect::on_failed(SteadyTime now, double random) {
    bound_ = bound_.count() == 0 ? first_ : std::min(2 * bound_, last_);
    retry_at_ = now + std::chrono::duration_cast<std::chrono::nanoseconds>(bound_ * random);
    state_ = State::backing_off;
}

void Reconnect::on_lost(SteadyTime now, bool peer_answered, double random) {
    if (!peer_answered) return on_failed(now, random);
    bound_ = {};
    state_ = State::idle;
}

}  // namespace tw::rpc
