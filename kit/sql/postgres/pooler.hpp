#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/blocking_connection.hpp"
#include "kit/sql/postgres/target.hpp"

namespace tw::sql::pg {

/// Whether connections to `target` keep a connection of the server each. A pooler such as PgBouncer may give one connection of
/// the server to several clients in turn (transaction pooling): then statements that one client has prepared are unknown to its
/// next transaction, and half of all requests fail. DATABASE_REFUSED where that is seen; `connection` is one that was just made.
/// A pooler that is busy with others may hide it. Blocks.
Result<void> check_pooling(BlockingConnection& connection, const Target& target, const PostgresOptions& options);

}  // namespace tw::sql::pg
