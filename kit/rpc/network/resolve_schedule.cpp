#include "kit/rpc/network/resolve_schedule.hpp"

#include <algorithm>

namespace tw::rpc {

SteadyTime ResolveSchedule::next() const {
    if (running_) return SteadyTime::max();
    if (failed_ || wanted_) return allowed_at_;
    return std::max(period_end_, allowed_at_);
}

bool ResolveSchedule::start(SteadyTime now) {
    if (running_ || now < next()) return false;
    running_ = true;
    wanted_ = false;
    return true;
}

void ResolveSchedule::on_succeeded(SteadyTime now) {
    running_ = failed_ = false;
    backoff_.reset();
    allowed_at_ = now + options_.interval_least;
    period_end_ = options_.period.count() == 0 ? SteadyTime::max() : now + options_.period;
}

void ResolveSchedule::on_failed(SteadyTime now, double random) {
    running_ = false;
    failed_ = true;
    allowed_at_ = now + backoff_.next(random);
}

}  // namespace tw::rpc
