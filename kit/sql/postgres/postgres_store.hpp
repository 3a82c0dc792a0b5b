#pragma once

#include "kit/sql/postgres/postgres_options.hpp"
#include "kit/sql/store.hpp"

#include <memory>
#include <string_view>

namespace tw::sql::pg {

/// Opens the database at `url` (postgresql:// or postgres://, with any parameter of libpq), which exists already. It connects
/// once to see whether that works. Errors as open_store, with FAILED_PRECONDITION, DATABASE_REFUSED, where the server does not
/// let us in: the detail says which setting to mend.
Result<std::unique_ptr<Store>> open_postgres_store(std::string_view url, const PostgresOptions& options = {});

}  // namespace tw::sql::pg
