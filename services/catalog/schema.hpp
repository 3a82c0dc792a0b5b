#pragma once

#include "kit/sql/migration.hpp"

namespace tw::catalog {

/// The tables of this service: the texts of migrations/, compiled in.
const sql::Schema& schema();

}  // namespace tw::catalog
