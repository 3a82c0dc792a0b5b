#pragma once

#include "kit/sql/migration.hpp"

namespace tw::order {

/// Returns the migrations of this service. CMake compiles the files of migrations/ in.
const sql::Schema& schema();

}  // namespace tw::order
