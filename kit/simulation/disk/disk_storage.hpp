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
    /// Those of the process that runs.
    std::shared_ptr<SqliteLocks> locks = std::make_shared<SqliteLocks>();
};

/// A file as one connection has it open.
struct OpenFile {
    /// Null when the process has gone that opened it.
    DiskStorage* disk = nullptr;
    std::shared_ptr<StoredFile> file;
    std::shared_ptr<SqliteLocks> locks;
    SqliteLocks::Holder holder;
    bool is_log = false;
};

/// The files of a SqliteDisk, and what the VFS does with them. Functions that give an int give SQLite's codes.
class DiskStorage {
 public:
    DiskStorage(Scheduler& scheduler, std::string name);
    ~DiskStorage();
    DiskStorage(const DiskStorage&) = delete;
    DiskStorage& operator=(const DiskStorage&) = delete;

    /// The calling thread's disk of a path; null where there is none.
    static DiskStorage* of_path(std::string_view path);
    static std::string_view file_of_path(std::string_view path);

    // As in sqlite3_vfs.
    int open(std::string_view name, int flags, OpenFile& open);
    int remove(std::string_view name, bool sync_directory);
    bool exists(std::string_view name) const { return names_.contains(name); }
    /// Somebody waits for a lock that is held elsewhere, on the disk that has refused one last.
    static void wait_for_lock(std::chrono::nanoseconds time);

    // As in sqlite3_io_methods, for files whose process is there.
    void close(OpenFile& open);
    int read(const OpenFile& open, std::size_t offset, std::span<std::uint8_t> out);
    int write(OpenFile& open, std::size_t offset, std::span<const std::uint8_t> bytes);
    int truncate(const OpenFile& open, std::size_t size);
    int sync(OpenFile& open);
    int lock(OpenFile& open, int level);
    int lock_index(OpenFile& open, int first, int count, int flags);
    SteadyTime busy_until() const { return busy_until_; }

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
    /// Whether somebody else holds a lock that is asked for, and who waits for it then.
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
