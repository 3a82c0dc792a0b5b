#pragma once

#include "kit/sql/migration.hpp"

namespace tw::idempotency {

/// Returns the schema of the table `idempotency_keys`. A module with KEYED methods names it in its
/// own schema (sql::Schema::uses).
const sql::Schema& schema();

}  // namespace tw::idempotency
