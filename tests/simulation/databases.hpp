#pragma once

#include "tests/simulation/shop.hpp"

#include <memory>

namespace tw::shop {

/// One for each module; a disk each.
std::unique_ptr<Databases> make_sqlite_databases(simulation::Simulation& simulation);
/// One for each module, on one server.
std::unique_ptr<Databases> make_postgres_databases(simulation::Simulation& simulation);

}  // namespace tw::shop
