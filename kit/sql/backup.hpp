#pragma once

#include "kit/sql/store.hpp"

#include <atomic>
#include <span>
#include <string>
#include <string_view>

namespace tw::sql {

/// A database and the file that it is copied to.
struct BackupItem {
    Store* store = nullptr;
    std::string path;
};

/// Copies databases while they are in use. All copies show the same moment: commits are held back
/// until reading of every database has begun, which takes a few milliseconds. A copy is a whole
/// SQLite file without a log beside it, synced to disk and checked. It gets its name only when it
/// is complete, and only its owner can read it.
///
/// Errors: UNIMPLEMENTED, BACKUP_BY_SERVER, if a store is on PostgreSQL. UNAVAILABLE,
/// DATABASE_BUSY, if a writer is still busy after some seconds. UNAVAILABLE, BACKUP_FAILED, if a
/// file cannot be written; the detail names it. CANCELLED once `abandoned` is set. Copies that were
/// made before an error are removed. The call blocks. Thread-safe.
Result<void> back_up(std::span<const BackupItem> items, const std::atomic<bool>& abandoned);

/// Checks that the file is a whole SQLite database. Fails with DATA_LOSS, BACKUP_DAMAGED; the
/// detail names the file and what is wrong.
Result<void> check_backup(const std::string& path);

}  // namespace tw::sql
