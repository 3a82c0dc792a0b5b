#pragma once

#include "kit/base/result.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <sys/types.h>

namespace tw::sql {

/// Detects that the files of an open SQLite database were deleted or replaced. SQLite continues
/// with deleted files, as the system lets it, and all later writes are lost when the process ends.
/// This class therefore compares the files at the paths with those that were opened.
class DatabaseFiles {
 public:
    /// Remembers the file at `path`. Make it right after the database was opened.
    explicit DatabaseFiles(std::string path);

    /// Fails with UNAVAILABLE, STORAGE_FAILED if a file is gone or was replaced; the detail names
    /// it. Thread-safe.
    Result<void> check() const;

 private:
    struct File {
        dev_t device = 0;
        ino_t inode = 0;
        bool operator==(const File&) const = default;
    };
    /// Returns the identity of the file at a path, if there is one.
    static std::optional<File> find(const std::string& path);

    std::string path_;
    std::optional<File> file_;
    /// Whether the log was ever seen. SQLite makes it with the first transaction.
    mutable std::atomic<bool> has_log_{false};
};

}  // namespace tw::sql
