#include "kit/telemetry/repeat_limit.hpp"

#include "kit/telemetry/log.hpp"

#include <iterator>

namespace tw::telemetry {

bool RepeatLimit::admit(std::string_view event, std::string_view error_type, Severity severity, SteadyTime now) {
    if (records_max_ == 0) return true;
    const std::lock_guard lock{mutex_};
    std::pair<std::string, std::string> kind{event, error_type};
    if (counts_.size() >= kKindsMax && !counts_.contains(kind)) kind = {std::string{kOtherEvents}, {}};
    auto& count = counts_.try_emplace(std::move(kind), Count{.window_start = now, .severity = severity}).first->second;
    if (now - count.window_start >= kWindow) {
        count.window_start = now;
        count.written = 0;
    }
    if (count.written < records_max_) {
        ++count.written;
        return true;
    }
    ++count.untold;
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

std::vector<RepeatLimit::LeftOut> RepeatLimit::take_left_out(SteadyTime now, bool all) {
    std::vector<LeftOut> taken;
    const std::lock_guard lock{mutex_};
    for (auto kind = counts_.begin(); kind != counts_.end();) {
        auto& count = kind->second;
        const bool ended = now - count.window_start >= kWindow;
        if (count.untold > 0 && (ended || all)) {
            taken.push_back({kind->first.first, kind->first.second, count.severity, std::exchange(count.untold, 0)});
        }
        kind = ended ? counts_.erase(kind) : std::next(kind);
    }
    return taken;
}

}  // namespace tw::telemetry
