#pragma once

#include "kit/sql/migration.hpp"

namespace tw::payment {

/// Returns the migrations of this service. CMake compiles the files of migrations/ in.
const sql::Schema& schema();

}  // namespace tw::payment
