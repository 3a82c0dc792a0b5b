#include "kit/runtime/drain_plan.hpp"

#include <algorithm>

namespace tw::runtime {

DrainPlan plan_drain(SteadyTime now, std::chrono::milliseconds grace, std::chrono::milliseconds time, bool exports) {
    constexpr std::chrono::milliseconds kFlushTimeMax{5'000};
    const auto flushed = now + time;
    if (exports) time -= std::min<std::chrono::milliseconds>(time / 5, kFlushTimeMax);
    const auto for_modules = std::min<std::chrono::milliseconds>(time / 10, std::chrono::seconds{1});
    const auto end = now + time;
    return {.refuse_at = now + std::min(grace, time / 2), .cut_at = end - for_modules, .end_at = end, .flushed_at = flushed};
}

}  // namespace tw::runtime
