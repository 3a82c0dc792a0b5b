#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/target.hpp"

#include <libpq-fe.h>

namespace tw::sql::pg {

/// Fails with FAILED_PRECONDITION, DATABASE_REFUSED, if the connected database does not keep text
/// in UTF-8. Such a database would refuse or change a part of what people write.
Result<void> check_encoding(const Target& target, const PGconn* connection);

}  // namespace tw::sql::pg
