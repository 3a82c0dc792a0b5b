#pragma once

namespace tw::simulation {

/// Makes SQLite find simulated disks: registers a virtual file system of the name sql::kSimulatedVfs, once in the process.
void register_sqlite_vfs();

}  // namespace tw::simulation
