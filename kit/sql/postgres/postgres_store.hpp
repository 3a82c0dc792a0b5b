#pragma once

#include "kit/sql/postgres_options.hpp"
#include "kit/sql/store.hpp"

#include <memory>
#include <string_view>

namespace tw::sql::pg {

/// Opens the database at `url` (postgresql:// or postgres://, with any parameter of libpq). The
/// database must exist. The call connects once to check the URL. The errors are those of
/// open_store. If the server refuses the connection, the error is FAILED_PRECONDITION,
/// DATABASE_REFUSED, and the detail says which setting to change.
Result<std::unique_ptr<Store>> open_postgres_store(std::string_view url, const PostgresOptions& options = {});

}  // namespace tw::sql::pg
