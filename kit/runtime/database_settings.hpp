#pragma once

#include "kit/runtime/config.hpp"
#include "kit/sql/postgres_options.hpp"

#include <cstddef>
#include <vector>

namespace tw::runtime {

/// The settings of connections to PostgreSQL, which all modules have in common; SQLite has none.
void add_database_settings(std::vector<Setting>& all);

sql::pg::PostgresOptions postgres_options(const Config& config);

/// How many connections to PostgreSQL a process makes, and with how many loops.
struct ConnectionPlan {
    std::size_t loops = 1;
    /// With the connections of one loop and module.
    sql::pg::PostgresOptions options;
    /// At most, over all loops and modules of the process; 0 where none is on PostgreSQL.
    std::size_t connections = 0;
    /// Whether that is less than the settings would have without database.connections_max.
    bool bounded = false;
};

/// The modules that share database.connections_max.
struct ConnectionUsers {
    /// Modules of this process on PostgreSQL.
    std::size_t here = 0;
    /// Modules of the program with a database, wherever they run. Each has its share of the bound,
    /// so that processes with a module each make no more connections together than one process with
    /// all of them.
    std::size_t known = 0;
};

/// Keeps the sum of connections within database.connections_max: first with fewer connections for
/// each loop and module, then, where runtime.loops is left to the process, with fewer loops.
/// INVALID_ARGUMENT, reason BAD_CONFIG, where runtime.loops asks for more loops than there are
/// connections.
Result<ConnectionPlan> plan_connections(const Config& config, std::size_t processors, ConnectionUsers users);

}  // namespace tw::runtime
