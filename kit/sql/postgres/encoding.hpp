#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/target.hpp"

#include <libpq-fe.h>

namespace tw::sql::pg {

/// FAILED_PRECONDITION, DATABASE_REFUSED, where the database that was just connected to does not keep text in UTF-8: it would
/// refuse or change a part of what people write.
Result<void> check_encoding(const Target& target, const PGconn* connection);

}  // namespace tw::sql::pg
