#include "kit/sql/sqlite/database_files.hpp"

#include "kit/sql/errors.hpp"

#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

namespace tw::sql {
namespace {

Error lost(const std::string& file) {
    auto detail =
        fmt::format("{} was deleted or replaced while it was in use; stop the process, put the file back, and start again", file);
    return storage_failed(detail).with_detail(detail);
}

}  // namespace

DatabaseFiles::DatabaseFiles(std::string path) : path_{std::move(path)} {
    struct stat file{};
    if (::stat(path_.c_str(), &file) != 0) return;
    device_ = file.st_dev;
    inode_ = file.st_ino;
}

Result<void> DatabaseFiles::check() const {
    struct stat file{};
    if (::stat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) return lost(path_);
    const auto log = path_ + "-wal";
    const bool there = ::stat(log.c_str(), &file) == 0;
    if (!there && has_log_.load(std::memory_order_relaxed)) return lost(log);
    if (there) has_log_.store(true, std::memory_order_relaxed);
    return {};
}

}  // namespace tw::sql
