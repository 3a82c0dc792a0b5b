#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/history.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/postgres/blocking_connection.hpp"

#include <vector>

namespace tw::sql::pg {

/// Implements Store::migrate. Each migration is a transaction that holds an advisory lock of the
/// database, so that replicas may start together: the first one migrates, and the others find it
/// done. Fails with MIGRATION_LOCKED, naming the holder, if another session keeps the lock.
Result<void> apply_migrations(BlockingConnection& connection, const Schema& schema, const PostgresOptions& options);

/// Returns the migrations that the database has had; empty if it has no history yet. Changes
/// nothing.
Result<std::vector<AppliedMigration>> read_history(BlockingConnection& connection, std::string_view schema);

}  // namespace tw::sql::pg
