#pragma once

#include "kit/simulation/runner.hpp"

#include <cstddef>
#include <optional>

namespace tw::simulation {

struct SeedsPlan {
    /// The seeds that run before all others.
    std::vector<std::uint64_t> listed{};
    std::uint64_t seeds = 0;
    std::uint64_t from = 1;
    /// If set, seeds run until this time is over, and `seeds` does not limit their number.
    std::optional<std::chrono::nanoseconds> time{};
    unsigned jobs = 1;
    bool faults = true;
    /// Whether the first failure ends the other runs, even those that have begun.
    bool first_failure_ends = false;
    /// One run of this many is made twice, and both histories must be equal byte for byte. 0 means
    /// that no run is made twice.
    std::uint64_t one_twice_of = 50;
    /// A run that has used more CPU time does not end (RunLimit). Time in which a run is stopped,
    /// or waits for a processor, does not count.
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
    std::map<std::string, std::uint64_t> counts;
    std::chrono::nanoseconds virtual_time{0};
    /// The CPU time of all runs, of which some were made twice.
    std::chrono::nanoseconds cpu_time{0};
    std::chrono::nanoseconds took{0};
    std::vector<FailedSeed> failed;
    Faults::Coverage coverage;
};

/// Runs the seeds in child processes, each of which has a share of the seeds. A run that crashes or
/// hangs is reported, and the others continue. `on_failure` is called for each failed seed at once.
/// The process must have no other thread than the calling one.
SeedsOutcome run_seeds(const SeedsPlan& plan, const Run& run, const std::function<void(const FailedSeed&)>& on_failure);

}  // namespace tw::simulation
