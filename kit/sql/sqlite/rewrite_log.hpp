#pragma once

#include "kit/base/result.hpp"

struct sqlite3;

namespace tw::sql {

/// Makes what a database's write-ahead log holds durable, for the process that has just opened it and alone uses it.
///
/// The process before may have been told that a sync failed, and have ended. Linux then keeps in memory what did not reach the
/// disk, and no later sync writes it. SQLite reads it from there, takes it for committed and puts new commits behind it, which a
/// power loss would take along. So the log is written over with what it holds, and synced.
///
/// UNAVAILABLE, STORAGE_FAILED, where that fails.
Result<void> rewrite_log(sqlite3* database);

}  // namespace tw::sql
