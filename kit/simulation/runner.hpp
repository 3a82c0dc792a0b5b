#pragma once

#include "kit/simulation/faults.hpp"
#include "kit/simulation/history.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tw::simulation {

/// The parameters of a run.
struct RunOptions {
    std::uint64_t seed = 0;
    /// The numbers of faults that are left out.
    std::set<std::uint32_t> without;
    /// Whether any fault happens at all.
    bool faults = true;
    /// Receives the history; null if nobody reads it.
    History::Listener listener;
};

/// The outcome of a run.
struct RunOutcome {
    /// A sentence for each promise that was broken. The list is empty if all is well.
    std::vector<std::string> violations;
    /// The digest of the history. Two runs of one seed have the same digest.
    std::uint64_t digest = 0;
    std::uint64_t requests = 0;
    /// What else the run has counted, by its name in the plural.
    std::map<std::string, std::uint64_t> counts;
    std::chrono::nanoseconds virtual_time{0};
    std::uint32_t faults = 0;
    Faults::Coverage coverage;
};

/// Makes a world from the seed, runs it and returns the outcome. The function is called repeatedly
/// in one thread. Objects of a run that failed may stay in memory.
using Run = std::function<RunOutcome(const RunOptions&)>;

/// The main function of a program that simulates:
///
///     seeds [--seeds N] [--from SEED] [--minutes M] [--list FILE] [--jobs J] [--quiet] [--first]
///           [--junit FILE]
///     replay SEED [--trace] [--without NUMBERS] [--quiet]
///     shorten SEED
///
/// `seeds` first runs the seeds of the list, which failed once. The list has a number in each line,
/// and the rest of a line is a comment. Then N seeds run, or as many as there is time for, in J
/// child processes. At the end the command prints how many seeds failed, each with the command that
/// replays it, and how often each kind of fault was tried at each place. A run that crashes has
/// failed. So has a run that does not end, which is one that has used 120 s of CPU time or slept
/// for ten minutes. A run that is stopped (SIGSTOP) may be continued at any time.
///
/// `replay` prints the history of one run. `shorten` looks for the fewest faults with which a run
/// still fails. `command` is the command line that starts this program. The exit code is 0 if all
/// is well, 1 if a run failed, and 2 after a usage error.
int run_main(int argc, char** argv, const std::string& command, const Run& run);

/// Looks for the fewest faults with which the run still fails, as far as `runs_max` runs allow.
/// Returns the numbers of the faults to leave out. The method is delta debugging (Zeller and
/// Hildebrandt: "Simplifying and Isolating Failure-Inducing Input", 2002).
std::set<std::uint32_t> shorten(const Run& run, RunOptions options, std::uint32_t runs_max = 300);

}  // namespace tw::simulation
