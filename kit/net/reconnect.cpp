#include "kit/net/reconnect.hpp"

#include <algorithm>

namespace tw::net {

Reconnect::Advice Reconnect::on_demand(SteadyTime now) {
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

void Reconnect::on_failed(SteadyTime now, double random) {
    retry_at_ = now + backoff_.next(random);
    state_ = State::backing_off;
}

void Reconnect::on_lost(SteadyTime now, bool peer_answered, double random) {
    if (!peer_answered) return on_failed(now, random);
    backoff_.reset();
    state_ = State::idle;
}

void Reconnect::hurry(SteadyTime now) { retry_at_ = std::min(retry_at_, now); }

}  // namespace tw::net
