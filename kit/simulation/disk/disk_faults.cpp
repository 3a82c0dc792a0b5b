#include "kit/simulation/disk/disk_faults.hpp"

#include "kit/simulation/scheduler.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::simulation {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct DiskFaults::Rule {
    Kind kind;
    std::string_view name;
    double DiskChances::* chance;
    /// The fault continues for a while in one case of this many. 0 means that it never continues.
    std::uint64_t goes_on;
    milliseconds shortest;
    milliseconds longest;
};

const DiskFaults::Rule& DiskFaults::rule_of(Kind kind) {
    static constexpr Rule kRules[] = {
        {Kind::full, "disk full", &DiskChances::full, 1, 50ms, 1000ms},
        {Kind::read_error, "read error", &DiskChances::read_error, 4, 20ms, 500ms},
        {Kind::write_error, "write error", &DiskChances::write_error, 4, 20ms, 500ms},
        {Kind::failed_commit, "commit fails", &DiskChances::failed_commit, 8, 20ms, 500ms},
        {Kind::sync_error, "sync error", &DiskChances::sync_error, 4, 20ms, 500ms},
        {Kind::slow_sync, "slow sync", &DiskChances::slow_sync, 0, 1ms, 400ms},
        // A writer waits for a lock for five seconds, and a scan for two.
        {Kind::busy, "busy", &DiskChances::busy, 1, 5ms, 7000ms},
        {Kind::power_loss, "power loss", &DiskChances::power_loss, 0, 0ms, 0ms},
    };
    return *std::ranges::find(kRules, kind, &Rule::kind);
}

bool DiskFaults::strikes(Kind kind, std::string_view file) {
    auto& faults = scheduler_.faults();
    if (faults.intensity() <= 0) return false;
    auto& until = until_[static_cast<std::size_t>(kind)];
    if (now() < until) return true;
    const auto& rule = rule_of(kind);
    if (!faults.happens(rule.name, place_, chances_.*rule.chance, file)) return false;
    if (rule.goes_on > 0 && faults.pick(rule.goes_on) == 0) {
        const auto time = pick(rule.shortest, rule.longest);
        until = now() + time;
        scheduler_.history().tell([&] { return fmt::format("{}: {} for {} ms", place_, rule.name, time.count()); });
    }
    return true;
}

std::chrono::nanoseconds DiskFaults::delay_of_sync(std::string_view file) {
    const auto& rule = rule_of(Kind::slow_sync);
    if (!scheduler_.faults().happens(rule.name, place_, chances_.slow_sync, file)) return 0ns;
    const auto time = pick(rule.shortest, rule.longest);
    scheduler_.history().tell([&] { return fmt::format("{}: the sync takes {} ms", place_, time.count()); });
    return time;
}

void DiskFaults::wait(std::chrono::nanoseconds time) {
    now();
    waited_ += time;
}

SteadyTime DiskFaults::now() {
    const auto now = scheduler_.steady_now();
    if (now != waited_at_) waited_ = 0ns;
    waited_at_ = now;
    return now + waited_;
}

/// Returns a random time. Short times are as likely as long ones: every factor of two has the same
/// chance.
milliseconds DiskFaults::pick(milliseconds from, milliseconds to) {
    auto& faults = scheduler_.faults();
    std::uint64_t doublings = 0;
    while (from * (1 << (doublings + 1)) < to) ++doublings;
    const auto least = from * (1 << faults.pick(doublings + 1));
    return std::min(to, least + milliseconds{faults.pick(static_cast<std::uint64_t>(least.count()))});
}

}  // namespace tw::simulation
