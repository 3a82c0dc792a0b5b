#pragma once

#include "kit/base/result.hpp"

#include <atomic>
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
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    /// SQLite makes it with the first transaction.
    mutable std::atomic<bool> has_log_{false};
};

}  // namespace tw::sql
