#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/blocking_connection.hpp"
#include "kit/sql/postgres/target.hpp"

namespace tw::sql::pg {

/// Checks that each connection to `target` keeps its own connection of the server. A pooler such as
/// PgBouncer may give one connection of the server to several clients in turn (transaction
/// pooling). Statements that a client has prepared are then unknown to its next transaction, and
/// half of all requests fail. Returns DATABASE_REFUSED if that is seen. `connection` is a
/// connection that was just made. A pooler that is busy with other clients may hide it. The call
/// blocks.
Result<void> check_pooling(BlockingConnection& connection, const Target& target, const PostgresOptions& options);

}  // namespace tw::sql::pg
