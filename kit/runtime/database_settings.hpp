#pragma once

#include "kit/runtime/config.hpp"
#include "kit/sql/postgres/postgres_options.hpp"

#include <vector>

namespace tw::runtime {

/// The settings of connections to PostgreSQL, which all modules have in common; SQLite has none.
void add_database_settings(std::vector<Setting>& all);

sql::pg::PostgresOptions postgres_options(const Config& config);

}  // namespace tw::runtime
