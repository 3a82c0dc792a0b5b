#pragma once

#include "kit/base/simulated_machine.hpp"

#include <string_view>

namespace tw::sql {

// The databases of a simulation are on a simulated disk (kit/simulation/sqlite_disk.hpp), which
// SQLite reaches through a VFS.

/// The name under which the VFS is registered with SQLite.
inline constexpr const char* kSimulatedVfs = "tw-simulated";
/// The prefix of the paths of simulated files.
inline constexpr std::string_view kSimulatedPath = "simulated:";

/// A code for sqlite3_file_control: stores in a SteadyTime until when the disk is busy with the
/// last operation.
inline constexpr int kBusyUntilControl = 0x5457;

/// Whether `path` is that of a simulated file. On a thread that runs no simulation there are none.
inline bool is_simulated(std::string_view path) {
    return path.starts_with(kSimulatedPath) && SimulatedMachine::current() != nullptr;
}

}  // namespace tw::sql
