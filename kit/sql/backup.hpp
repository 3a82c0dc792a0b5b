#pragma once

#include "kit/sql/store.hpp"

#include <atomic>
#include <span>
#include <string>
#include <string_view>

namespace tw::sql {

/// One database and the file that its copy becomes.
struct BackupItem {
    Store* store = nullptr;
    std::string path;
};

/// Copies databases while they are in use, all as they were at one moment: commits are held back for as long as it takes to begin
/// reading each of them, which is a few milliseconds. A copy is a whole SQLite file without a log beside it, synced to disk and
/// checked; it has its name only when it is complete, and is readable by its owner alone.
///
/// Errors: UNIMPLEMENTED, BACKUP_BY_SERVER, where a store is on PostgreSQL; UNAVAILABLE, DATABASE_BUSY, where a writer does not
/// come to rest within seconds; UNAVAILABLE, BACKUP_FAILED, naming the file, where it cannot be written; CANCELLED once
/// `abandoned` is set. What was copied before an error is removed. Blocks; thread-safe.
Result<void> back_up(std::span<const BackupItem> items, const std::atomic<bool>& abandoned);

/// Whether the file is a whole SQLite database: DATA_LOSS, BACKUP_DAMAGED, naming the file and what is wrong, where it is not.
Result<void> check_backup(const std::string& path);

}  // namespace tw::sql
