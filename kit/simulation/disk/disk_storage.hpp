#pragma once

#include "kit/base/clock.hpp"
#include "kit/simulation/disk/disk_faults.hpp"
#include "kit/simulation/disk/disk_file.hpp"
#include "kit/simulation/disk/sqlite_locks.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace tw::simulation {

class DiskStorage;
class Scheduler;

struct StoredFile {
    std::string name;
    DiskFile content;
    /// The locks of the process that is running.
    std::shared_ptr<SqliteLocks> locks = std::make_shared<SqliteLocks>();
};

/// A file as one connection has opened it.
struct OpenFile {
    /// The disk; null after the process that opened the file has gone.
    DiskStorage* disk = nullptr;
    std::shared_ptr<StoredFile> file;
    std::shared_ptr<SqliteLocks> locks;
    SqliteLocks::Holder holder;
    bool is_log = false;
};

/// The files of a SqliteDisk, and the operations of the VFS on them. Functions that return an int
/// return SQLite's codes.
class DiskStorage {
 public:
    DiskStorage(Scheduler& scheduler, std::string name);
    ~DiskStorage();
    DiskStorage(const DiskStorage&) = delete;
    DiskStorage& operator=(const DiskStorage&) = delete;

    /// Returns the calling thread's disk with this path; null if there is none.
    static DiskStorage* of_path(std::string_view path);
    static std::string_view file_of_path(std::string_view path);

    // The arguments are those of sqlite3_vfs.
    int open(std::string_view name, int flags, OpenFile& open);
    int remove(std::string_view name, bool sync_directory);
    bool exists(std::string_view name) const { return names_.contains(name); }
    /// Waits for a lock that another connection holds, on the disk that refused a lock last.
    static void wait_for_lock(std::chrono::nanoseconds time);

    // The arguments are those of sqlite3_io_methods. The functions are for files whose process
    // exists.
    void close(OpenFile& open);
    int read(const OpenFile& open, std::size_t offset, std::span<std::uint8_t> out);
    int write(OpenFile& open, std::size_t offset, std::span<const std::uint8_t> bytes);
    int truncate(const OpenFile& open, std::size_t size);
    int sync(OpenFile& open);
    int lock(OpenFile& open, int level);
    int lock_index(OpenFile& open, int first, int count, int flags);
    SteadyTime busy_until() const { return busy_until_; }
    bool busy() const;

    void kill_process();
    void crash();
    void on_power_loss(std::move_only_function<void()> note) { note_power_loss_ = std::move(note); }
    void erase(std::string_view name);
    void set_chances(const DiskChances& chances) { faults_.set_chances(chances); }
    std::map<std::string, std::vector<std::uint8_t>> files() const;
    std::size_t unsynced() const;

 private:
    using Names = std::map<std::string, std::shared_ptr<StoredFile>, std::less<>>;

    static std::shared_ptr<StoredFile> find(const Names& names, std::string_view name);
    std::uint64_t choose(std::uint64_t below);
    /// Who waits for a lock that a fault has refused.
    enum class Waits : std::uint8_t { nobody, reader, writer };
    bool is_held_elsewhere(const OpenFile& open, Waits who);
    void wait(std::chrono::nanoseconds time);
    bool loses_power(std::string_view file);
    void forget_process();
    void lose_names();

    Scheduler& scheduler_;
    std::string name_;
    DiskFaults faults_;
    std::uint64_t choices_;
    /// The folder as processes see it, and as it is after a power loss.
    Names names_;
    Names durable_names_;
    std::set<OpenFile*> open_;
    SteadyTime busy_until_{};
    Waits waits_ = Waits::nobody;
    std::move_only_function<void()> note_power_loss_;
};

}  // namespace tw::simulation
