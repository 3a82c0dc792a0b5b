#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace tw::simulation {

/// What a process has done since it began, and whether it waits now.
struct ProcessUsage {
    std::chrono::nanoseconds cpu_time{0};
    /// The process waits for something. It is neither at work, nor ready to work, nor stopped.
    bool sleeps = false;
};

/// The usage of a child that has not been waited for; none where the system does not tell it.
std::optional<ProcessUsage> usage_of(pid_t child);

/// Decides when a run in a child process does not end.
///
/// Problem: time of the clock also passes while the processor is busy elsewhere, or while the run is stopped (SIGSTOP), so
/// that it says little about the run. Solution: the CPU time of the run counts, and for runs that hang without using any, the
/// time in which the run was seen to sleep. A pause of whoever looks counts as kLookPauseMax.
///
/// Not thread-safe; it starts no process and reads no clock.
class RunLimit {
 public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kLookPauseMax{2};

    RunLimit(std::chrono::nanoseconds cpu_time_max, std::chrono::nanoseconds sleep_time_max)
        : cpu_time_max_{cpu_time_max}, sleep_time_max_{sleep_time_max} {}

    /// The process begins a run.
    void begin(const ProcessUsage& usage, Time now);
    /// Why the run does not end, in words; none while it may go on. To be called every second or so.
    std::optional<std::string> look(const ProcessUsage& usage, Time now);

 private:
    std::chrono::nanoseconds cpu_time_max_;
    std::chrono::nanoseconds sleep_time_max_;
    std::chrono::nanoseconds cpu_time_at_begin_{0};
    std::chrono::nanoseconds slept_{0};
    bool slept_last_ = false;
    Time looked_at_{};
};

}  // namespace tw::simulation
