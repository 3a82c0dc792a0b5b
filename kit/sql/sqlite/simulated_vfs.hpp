#pragma once

#include "kit/base/simulated_machine.hpp"

#include <string_view>

namespace tw::sql {

// Databases of a simulation lie on a simulated disk (kit/simulation/sqlite_disk.hpp), which SQLite reaches through a VFS.

/// The name under which the VFS is registered with SQLite.
inline constexpr const char* kSimulatedVfs = "tw-simulated";
/// How the paths of its files begin.
inline constexpr std::string_view kSimulatedPath = "simulated:";

/// For sqlite3_file_control: stores in a SteadyTime until when the disk is busy with what was done last.
inline constexpr int kBusyUntilControl = 0x5457;

/// Whether `path` is that of a simulated file. On a thread that runs no simulation none is.
inline bool is_simulated(std::string_view path) {
    return path.starts_with(kSimulatedPath) && SimulatedMachine::current() != nullptr;
}

}  // namespace tw::sql
