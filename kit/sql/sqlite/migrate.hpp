#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/sqlite/connection.hpp"

#include <vector>

namespace tw::sql {

/// Implements Store::migrate, on the writer's connection.
Result<void> apply_migrations(Connection& connection, const Schema& schema);

/// Implements Store::migrations. In a database without a history no migration is applied.
Result<std::vector<MigrationState>> list_migrations(Connection& connection, const Schema& schema);

}  // namespace tw::sql
