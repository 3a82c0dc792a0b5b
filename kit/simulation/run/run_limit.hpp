#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace tw::simulation {

/// The CPU time of a process since it began, and whether it waits now.
struct ProcessUsage {
    std::chrono::nanoseconds cpu_time{0};
    /// The process waits for something. It is not running, not ready to run, and not stopped.
    bool sleeps = false;
};

/// Returns the usage of a child process that has not been waited for; nothing if the system does
/// not report it.
std::optional<ProcessUsage> usage_of(pid_t child);

/// Decides when a run in a child process does not end.
///
/// Problem: time also passes on the clock while the processor is busy with other processes, or
/// while the run is stopped (SIGSTOP), so the clock says little about the run. Solution: the CPU
/// time of the run counts. For runs that hang without using CPU time, the time counts in which the
/// run was seen to sleep. The time between two calls of `look` counts for at most kLookPauseMax.
///
/// The class is not thread-safe. It starts no process and reads no clock.
class RunLimit {
 public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kLookPauseMax{2};

    RunLimit(std::chrono::nanoseconds cpu_time_max, std::chrono::nanoseconds sleep_time_max)
        : cpu_time_max_{cpu_time_max}, sleep_time_max_{sleep_time_max} {}

    /// Tells that the process begins a run.
    void begin(const ProcessUsage& usage, Time now);
    /// Returns a sentence that says why the run does not end; nothing while it may continue. Call
    /// it about every second.
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
