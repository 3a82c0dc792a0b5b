#pragma once

#include "kit/simulation/runner.hpp"

#include <cstddef>
#include <optional>

namespace tw::simulation {

struct SeedsPlan {
    /// Before all others.
    std::vector<std::uint64_t> listed{};
    std::uint64_t seeds = 0;
    std::uint64_t from = 1;
    /// As many as there is time for, where it is set.
    std::optional<std::chrono::nanoseconds> time{};
    unsigned jobs = 1;
    bool faults = true;
    /// What has begun then is ended.
    bool first_failure_ends = false;
    /// One run of so many is made twice, and both must tell the same history, byte for byte. 0: none is.
    std::uint64_t one_twice_of = 50;
    /// A run that has used more CPU time does not end (RunLimit). Being stopped or starved costs a run nothing.
    std::chrono::nanoseconds cpu_time_max = std::chrono::seconds{120};
    /// A run that has slept for longer does not end either.
    std::chrono::nanoseconds sleep_time_max = std::chrono::minutes{10};
};

struct FailedSeed {
    std::uint64_t seed = 0;
    std::vector<std::string> violations;
};

struct SeedsOutcome {
    std::uint64_t seeds = 0;
    std::uint64_t requests = 0;
    std::chrono::nanoseconds virtual_time{0};
    std::chrono::nanoseconds took{0};
    std::vector<FailedSeed> failed;
    Faults::Coverage coverage;
};

/// Runs the seeds in child processes, a share each, so that one that crashes or hangs is known and the others go on. `on_failure`
/// is called as they fail. Only the calling thread may exist.
SeedsOutcome run_seeds(const SeedsPlan& plan, const Run& run, const std::function<void(const FailedSeed&)>& on_failure);

}  // namespace tw::simulation
