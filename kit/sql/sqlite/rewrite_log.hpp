#pragma once

#include "kit/base/result.hpp"

struct sqlite3;

namespace tw::sql {

/// Makes the content of a database's write-ahead log durable. The calling process has just opened
/// the database and is the only user.
///
/// A sync may have failed in the process before, which then ended. Linux keeps in memory what did
/// not reach the disk, and no later sync writes it. SQLite reads it from there, takes it for
/// committed and puts new commits behind it, which a power loss would destroy too. The log is
/// therefore overwritten with its own content, and synced.
///
/// Fails with UNAVAILABLE, STORAGE_FAILED.
Result<void> rewrite_log(sqlite3* database);

}  // namespace tw::sql
