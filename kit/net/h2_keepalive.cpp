#include "kit/net/h2_keepalive.hpp"

#include <algorithm>

namespace tw::net {
namespace {

/// A timer that fires later than this means that this process was stopped or its loop was busy.
/// Data that the peer sent meanwhile has not been read yet.
constexpr std::chrono::seconds kLateMax{1};

}  // namespace

void KeepaliveOptions::slow_down() { time = std::min(2 * time, kTimeMost); }

std::optional<SteadyTime> Keepalive::start(SteadyTime now) {
    if (options_.time.count() == 0) return {};
    wake_at_ = now + options_.time;
    return wake_at_;
}

Keepalive::Action Keepalive::ask(SteadyTime now) {
    asked_at_ = now;
    give_up_at_ = now + options_.timeout;
    // A peer that answers soon may have to be asked again before that.
    const bool asks_by_time = options_.time.count() > 0;
    wake_at_ = now + (asks_by_time ? std::min(options_.time, options_.timeout) : options_.timeout);
    return Action::ping;
}

Keepalive::Action Keepalive::on_doubt(SteadyTime now, SteadyTime received_at) {
    return waits(received_at) ? Action::none : ask(now);
}

Keepalive::Action Keepalive::on_timer(SteadyTime now, SteadyTime received_at, bool in_use) {
    if (waits(received_at)) {
        if (now >= give_up_at_ && now - wake_at_ <= kLateMax) return Action::give_up;
        if (now >= give_up_at_) give_up_at_ = now + options_.timeout;
        wake_at_ = give_up_at_;
        return Action::none;
    }
    asked_at_.reset();
    if (options_.time.count() == 0) {
        wake_at_ = SteadyTime::max();
        return Action::none;
    }
    if (const auto silent_until = received_at + options_.time; now < silent_until) {
        wake_at_ = silent_until;
        return Action::none;
    }
    if (!in_use && !options_.without_streams) {
        wake_at_ = now + options_.time;
        return Action::none;
    }
    return ask(now);
}

bool PingStrikes::note(SteadyTime now, bool has_streams) {
    if (limits_.interval_min.count() == 0) return false;
    const std::chrono::milliseconds interval =
        has_streams || limits_.without_streams ? limits_.interval_min : std::chrono::milliseconds{PingLimits::kIdleInterval};
    const bool early = last_ && now - *last_ < interval;
    last_ = now;
    if (early) ++strikes_;
    return strikes_ > PingLimits::kStrikesMax;
}

}  // namespace tw::net
