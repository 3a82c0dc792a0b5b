#pragma once

#include "kit/sql/migration.hpp"

namespace tw::durable {

/// Returns the schema of the tables in which flows are kept: `flows`, `flow_steps` and
/// `flow_signals`. A module with flows names it in its own schema (sql::Schema::uses).
const sql::Schema& schema();

}  // namespace tw::durable
