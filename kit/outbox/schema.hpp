#pragma once

#include "kit/sql/migration.hpp"

namespace tw::outbox {

/// Returns the schema of the tables `outbox`, `outbox_leases`, `inbox` and `dead_events`. A module
/// that publishes or consumes events names it in its own schema (sql::Schema::uses).
const sql::Schema& schema();

}  // namespace tw::outbox
