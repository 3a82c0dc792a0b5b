#pragma once

#include "kit/base/result.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <sys/types.h>

namespace tw::sql {

/// The files of an open SQLite database. SQLite goes on with files that were deleted, as the system lets it, and everything that
/// is written from then on is lost when the process ends. So this compares what stands at their paths with what was opened.
class DatabaseFiles {
 public:
    /// Right after the database at `path` was opened.
    explicit DatabaseFiles(std::string path);

    /// UNAVAILABLE, STORAGE_FAILED, with a detail that names the file, where one is gone or is another now. Thread-safe.
    Result<void> check() const;

 private:
    struct File {
        dev_t device = 0;
        ino_t inode = 0;
        bool operator==(const File&) const = default;
    };
    /// What stands at a path.
    static std::optional<File> find(const std::string& path);

    std::string path_;
    std::optional<File> file_;
    /// SQLite makes it with the first transaction.
    mutable std::atomic<bool> has_log_{false};
};

}  // namespace tw::sql
