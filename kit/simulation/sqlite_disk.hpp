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

/// A disk for the SQLite databases of one simulated process. SQLite itself is the real one. Its
/// files are in memory and can fail, be slow, and lose data that was not synced. The disk outlives
/// the process, and the next start of the process finds the data that is left.
///
///     SqliteDisk disk{scheduler, "order database"};
///     auto store = sql::open_store("sqlite:" + disk.path("order.db"), workers);
///
/// The scheduler's Faults decides about faults, with the disk's name as their place: "disk full"
/// (for operations that enlarge a file), "read error", "write error" (a part may have been
/// written), "commit fails" (the write that would complete a commit), "sync error" (some of the
/// unsynced changes become durable and some do not, and no later sync writes them), "slow sync"
/// (the writer is busy meanwhile), "busy" (another connection holds a lock for a while) and "power
/// loss" (see on_power_loss). Not modelled: a second process that opens a database in use, files
/// that are exchanged, bit rot, and slow reads.
///
/// SQLite has one generator of random numbers for all its connections. While a disk exists, the
/// simulation seeds this generator.
///
/// A disk belongs to the scheduler's thread, and is destroyed before the scheduler. Connections may
/// outlive it. Their operations then fail.
class SqliteDisk {
 public:
    /// `name` contains no slash, and is unique among the disks of the thread.
    SqliteDisk(Scheduler& scheduler, std::string name);
    ~SqliteDisk();
    SqliteDisk(const SqliteDisk&) = delete;
    SqliteDisk& operator=(const SqliteDisk&) = delete;

    const std::string& name() const { return name_; }
    /// Returns the path of a file on this disk, for Store and Connection.
    std::string path(std::string_view file) const;

    void set_chances(const DiskChances& chances);

    /// Tells that the process that uses the files has gone. Its locks are released. From now on
    /// each operation of its connections fails and has no effect, so that its objects can be
    /// destroyed later. The data that it wrote stays. A new process opens the databases again.
    void kill_process();
    /// The machine loses power. This has the effect of kill_process. The seed decides for each
    /// change that was not synced whether it is kept, lost, or kept in part (in some sectors of the
    /// disk).
    void crash();
    /// From now on a fault of the kind "power loss", in the middle of a write or a sync, has the
    /// effect of `crash` (see DiskChances::power_loss). `note` is called within the operation,
    /// before its failure is returned. The function should note that answers of the process reach
    /// nobody from then on, and destroy its objects later.
    void on_power_loss(std::move_only_function<void()> note);
    /// Deletes a file, in use or not, as another program could.
    void remove(std::string_view file);

    /// Returns the content of each file as processes read it.
    std::map<std::string, std::vector<std::uint8_t>> files() const;
    /// Returns whether an operation is under way that takes time. What it has written can be read
    /// already, and its writer does not know yet whether it succeeds.
    bool busy() const;
    /// Returns the number of changes, in all files, that a crash may undo.
    std::size_t unsynced() const;

 private:
    std::string name_;
    std::unique_ptr<DiskStorage> storage_;
};

}  // namespace tw::simulation
