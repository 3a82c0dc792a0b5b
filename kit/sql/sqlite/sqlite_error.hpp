#pragma once

#include "kit/base/error.hpp"

#include <string_view>

struct sqlite3;

namespace tw::sql {

/// Converts SQLite's last failure on `database` by its extended result code. `doing` is a
/// statement's text or a description of what was tried, for the cause. For a violated constraint
/// the schema is asked for the name.
Error sqlite_error(sqlite3* database, std::string_view doing);

/// Whether written data could not be synced to the disk, so that nobody knows whether it is there.
bool is_unsynced(const Error& error);
/// Whether the error is CANCELLED, INTERRUPTED: the statement was stopped at its Limit.
bool is_interrupted(const Error& error);

}  // namespace tw::sql
