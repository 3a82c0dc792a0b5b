#include "kit/sql/sqlite/database_files.hpp"

#include "kit/sql/shared/errors.hpp"
#include "kit/sql/simulated_vfs.hpp"

#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

Error lost(const std::string& file) {
    auto detail =
        fmt::format("{} was deleted or replaced while it was in use; stop the process, put the file back, and start again", file);
    return storage_failed(detail).with_detail(detail);
}

/// Whether the file exists on the simulated disk. A simulated file has no identity to compare.
bool simulated_file_exists(const std::string& path) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(kSimulatedVfs);
    int exists = 0;
    return vfs != nullptr && vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists != 0;
}

}  // namespace

DatabaseFiles::DatabaseFiles(std::string path) : path_{std::move(path)}, file_{find(path_)} {}

std::optional<DatabaseFiles::File> DatabaseFiles::find(const std::string& path) {
    if (is_simulated(path)) return simulated_file_exists(path) ? std::optional{File{}} : std::nullopt;
    struct stat file{};
    if (::stat(path.c_str(), &file) != 0) return std::nullopt;
    return File{.device = file.st_dev, .inode = file.st_ino};
}

Result<void> DatabaseFiles::check() const {
    const auto file = find(path_);
    if (!file || file != file_) return lost(path_);
    const auto log = path_ + "-wal";
    const bool there = find(log).has_value();
    if (!there && has_log_.load(std::memory_order_relaxed)) return lost(log);
    if (there) has_log_.store(true, std::memory_order_relaxed);
    return {};
}

}  // namespace tw::sql
