#pragma once

#include "kit/sql/migration.hpp"

namespace tw::audit {

/// Returns the schema of the tables `audit_records` and `audit_chains`. A module whose changes are
/// recorded names it in its own schema (sql::Schema::uses).
const sql::Schema& schema();

}  // namespace tw::audit
