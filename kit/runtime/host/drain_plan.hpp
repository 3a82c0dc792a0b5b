#pragma once

#include "kit/base/clock.hpp"

#include <chrono>

namespace tw::runtime {

/// When what happens in a shutdown. Readiness goes off at once; everything else is still served
/// until `refuse_at`, so that balancers can notice; then nothing new is accepted and what is in
/// flight ends, until `cut_at` at the latest; then the modules finish their background work, until
/// `end_at` at the latest; then the telemetry of all is sent, until `flushed_at`.
struct DrainPlan {
    SteadyTime refuse_at;
    SteadyTime cut_at;
    SteadyTime end_at;
    SteadyTime flushed_at;

    /// The longest that sending may take, however much time there is: a receiver that has gone must
    /// not hold up a shutdown.
    static constexpr std::chrono::milliseconds kFlushTimeMax{5'000};
    /// How long sending may take when it begins now.
    std::chrono::milliseconds flush_time(SteadyTime now) const;
};

/// For a signal that came at `now`. `time` bounds it all and wins over `grace`: half of it at least
/// is for ending what is in flight, and a tenth (a second at most) is kept for the modules. Where
/// telemetry is exported, a fifth (five seconds at most) is kept for that.
DrainPlan plan_drain(SteadyTime now, std::chrono::milliseconds grace, std::chrono::milliseconds time, bool exports = false);

}  // namespace tw::runtime
