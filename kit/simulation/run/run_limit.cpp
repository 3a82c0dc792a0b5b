#include "kit/simulation/run/run_limit.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

/// Returns the state in /proc/PID/stat, which follows the program's name in parentheses; 0 if there
/// is none.
char state_of(pid_t child) {
    std::ifstream file{fmt::format("/proc/{}/stat", child)};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto name_end = text.rfind(") ");
    return name_end == std::string::npos || name_end + 2 >= text.size() ? '\0' : text[name_end + 2];
}

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::optional<ProcessUsage> usage_of(pid_t child) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(child, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
    // The state "S" waits for an event, and "D" for the disk.
    const bool sleeps = std::string_view{"SD"}.find(state_of(child)) != std::string_view::npos;
    return ProcessUsage{.cpu_time = std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}, .sleeps = sleeps};
}

void RunLimit::begin(const ProcessUsage& usage, Time now) {
    cpu_time_at_begin_ = usage.cpu_time;
    slept_ = {};
    slept_last_ = usage.sleeps;
    looked_at_ = now;
}

std::optional<std::string> RunLimit::look(const ProcessUsage& usage, Time now) {
    const std::chrono::nanoseconds pause = now - looked_at_;
    if (usage.sleeps && slept_last_) slept_ += std::min<std::chrono::nanoseconds>(pause, kLookPauseMax);
    slept_last_ = usage.sleeps;
    looked_at_ = now;
    const auto used = usage.cpu_time - cpu_time_at_begin_;
    if (used > cpu_time_max_) return fmt::format("the run does not end: it has used {:.1f} s of CPU time", in_seconds(used));
    if (slept_ > sleep_time_max_) return fmt::format("the run does not end: it has slept for {:.1f} s", in_seconds(slept_));
    return std::nullopt;
}

}  // namespace tw::simulation
