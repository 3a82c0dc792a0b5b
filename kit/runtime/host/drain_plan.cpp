#include "kit/runtime/host/drain_plan.hpp"

#include <algorithm>

namespace tw::runtime {

DrainPlan plan_drain(SteadyTime now, std::chrono::milliseconds grace, std::chrono::milliseconds time, bool exports) {
    const auto flushed = now + time;
    if (exports) time -= std::min<std::chrono::milliseconds>(time / 5, DrainPlan::kFlushTimeMax);
    const auto for_modules = std::min<std::chrono::milliseconds>(time / 10, std::chrono::seconds{1});
    const auto end = now + time;
    return {.refuse_at = now + std::min(grace, time / 2), .cut_at = end - for_modules, .end_at = end, .flushed_at = flushed};
}

std::chrono::milliseconds DrainPlan::flush_time(SteadyTime now) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(flushed_at - now);
    return std::clamp(left, std::chrono::milliseconds{0}, kFlushTimeMax);
}

}  // namespace tw::runtime
