#pragma once

namespace tw::simulation {

/// Registers the virtual file system sql::kSimulatedVfs, once in the process. With it, SQLite finds
/// simulated disks.
void register_sqlite_vfs();

}  // namespace tw::simulation
