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

/// One run to be made.
struct RunOptions {
    std::uint64_t seed = 0;
    /// Numbers of faults that are left out.
    std::set<std::uint32_t> without;
    /// Whether any fault happens at all.
    bool faults = true;
    /// Gets the history; null: nobody.
    History::Listener listener;
};

/// What came of it.
struct RunOutcome {
    /// Promises that were broken, a sentence each. None: all is well.
    std::vector<std::string> violations;
    /// Of the history: two runs of one seed have the same.
    std::uint64_t digest = 0;
    std::uint64_t requests = 0;
    std::chrono::nanoseconds virtual_time{0};
    std::uint32_t faults = 0;
    Faults::Coverage coverage;
};

/// Makes a world from the seed, lets it live and says what came of it. Called again and again, in one thread; what it leaves
/// behind from a run that failed stays.
using Run = std::function<RunOutcome(const RunOptions&)>;

/// The main function of a program that simulates:
///
///     seeds [--seeds N] [--from SEED] [--minutes M] [--list FILE] [--jobs J] [--quiet] [--first] [--junit FILE]
///     replay SEED [--trace] [--without NUMBERS] [--quiet]
///     shorten SEED
///
/// `seeds` runs the seeds of the list, which went wrong once (a number a line, what follows it is for people), then N seeds, or
/// as many as there is time for, in J processes of its own, and ends with how many went wrong, each with the command that replays
/// it, and with how often each kind of fault was tried where. A run that crashes is one that went wrong, and so is one that does
/// not end: it has used 120 s of CPU time, or slept for ten minutes. A run that is stopped (SIGSTOP) may be continued at any
/// time. `replay` prints the history of one; `shorten` looks for the fewest faults with which it still goes wrong. `command` is
/// how people start this program. Exit code 0: all is well; 1: something went wrong; 2: usage.
int run_main(int argc, char** argv, const std::string& command, const Run& run);

/// The fewest faults, as far as a bounded number of runs finds out, without which the run would not go wrong any more: what is
/// returned are the numbers to leave out. Delta debugging (Zeller and Hildebrandt: "Simplifying and Isolating Failure-Inducing
/// Input", 2002).
std::set<std::uint32_t> shorten(const Run& run, RunOptions options, std::uint32_t runs_max = 300);

}  // namespace tw::simulation
