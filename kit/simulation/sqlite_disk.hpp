#pragma once

#include "kit/simulation/disk/disk_faults.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

class DiskStorage;
class Scheduler;

/// A disk for the SQLite databases of one simulated process: SQLite itself runs as it is, on files in memory that can fail, be
/// slow and lose what was not synced. The disk outlives the process, whose next start finds what is left.
///
///     SqliteDisk disk{scheduler, "order database"};
///     auto store = sql::open_store("sqlite:" + disk.path("order.db"), workers);
///
/// Faults are asked from the scheduler's Faults, with the disk's name as their place: "disk full" (of what grows a file), "read
/// error", "write error" (part of it may have been written), "commit fails" (the write that would complete a commit), "sync
/// error" (some of what was not synced lasts and some does not, and no later sync writes it), "slow sync" (the writer is busy
/// meanwhile), "busy" (a lock is held by somebody else for a while) and "power loss" (see on_power_loss). Not modelled: a second
/// process that opens a database in use, files that are exchanged, bits that rot, slow reads.
///
/// SQLite has one generator of random numbers for all its connections. While there is a disk, it is seeded from the simulation.
///
/// Belongs to the scheduler's thread, and goes before the scheduler. Connections may outlive it: their operations fail.
class SqliteDisk {
 public:
    /// `name` has no slash, and no other disk of the thread has it.
    SqliteDisk(Scheduler& scheduler, std::string name);
    ~SqliteDisk();
    SqliteDisk(const SqliteDisk&) = delete;
    SqliteDisk& operator=(const SqliteDisk&) = delete;

    const std::string& name() const { return name_; }
    /// How Store and Connection are told of a file on this disk.
    std::string path(std::string_view file) const;

    void set_chances(const DiskChances& chances);

    /// The process that uses the files has gone: its locks are free, and from now on each operation of its connections fails and
    /// has no effect, so that its objects can be destroyed at leisure. What it wrote is there. Databases are opened anew.
    void kill_process();
    /// The machine loses power: as kill_process, and of what was not synced each change lasts, is lost, or lasts in part (as the
    /// sectors of a disk do), as the seed decides.
    void crash();
    /// From now on a fault of the kind "power loss", in the middle of a write or a sync, has the effect of `crash`; see
    /// DiskChances::power_loss. `note` is called within the operation, before anybody hears of its failure: take note that what
    /// the process says from then on is said by nobody, and end its objects later.
    void on_power_loss(std::move_only_function<void()> note);
    /// Somebody deletes a file, in use or not.
    void remove(std::string_view file);

    /// What processes read in each file.
    std::map<std::string, std::vector<std::uint8_t>> files() const;
    /// Changes of all files that a crash may undo.
    std::size_t unsynced() const;

 private:
    std::string name_;
    std::unique_ptr<DiskStorage> storage_;
};

}  // namespace tw::simulation
