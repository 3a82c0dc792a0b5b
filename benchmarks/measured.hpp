#pragma once

#include <cstdint>
#include <functional>

/// What the programs of a comparison have in common, whatever library they are built on: how they are told what to do, and how
/// they account for it. Knows nothing of Tradewind.
namespace tw::bench {

/// User and system time of this process so far, of all its threads.
double cpu_seconds();

/// To be called before any thread is started: leaves the signals below to `serve_until_told`.
void block_signals();
/// Calls `report`, which prints a line, for each SIGUSR1, so that a run can be measured without its warm-up, and once more when
/// SIGTERM or SIGINT ends it.
void serve_until_told(const std::function<void()>& report);

/// One round of load.
struct Order {
    std::uint32_t in_flight;
    std::uint32_t calls;
};

/// Takes orders from standard input, a line each ("64 20000"), until it ends, and answers each with a line: the CPU time of this
/// process and the time that went by, in seconds. `run` is false when an answer was wrong or missing. Returns the exit code.
int take_orders(const std::function<bool(Order)>& run);

}  // namespace tw::bench
