#pragma once

#include "kit/base/error.hpp"

#include <string_view>

struct sqlite3;

namespace tw::sql {

/// What SQLite's last failure on `database` means, by its extended result code. `doing` is a statement's text or what else
/// was tried, for the cause. For a violated constraint it asks the schema for the name.
Error sqlite_error(sqlite3* database, std::string_view doing);

/// CANCELLED, INTERRUPTED: the statement was stopped at its Limit.
/// What was written could not be synced to the disk, so that nobody knows whether it is there.
bool is_unsynced(const Error& error);
bool is_interrupted(const Error& error);

}  // namespace tw::sql
