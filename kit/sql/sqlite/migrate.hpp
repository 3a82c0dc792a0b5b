#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/sqlite/connection.hpp"

#include <vector>

namespace tw::sql {

/// Store::migrate on the writer's connection.
Result<void> apply_migrations(Connection& connection, const Schema& schema);

/// Store::migrations. A database without a history has none applied.
Result<std::vector<MigrationState>> list_migrations(Connection& connection, const Schema& schema);

}  // namespace tw::sql
