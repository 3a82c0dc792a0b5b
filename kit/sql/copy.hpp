#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/postgres_options.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql {

/// A table that was copied.
struct CopiedTable {
    std::string name;
    std::int64_t rows = 0;
};

/// Copies all tables from an SQLite file to PostgreSQL, in one transaction there: either all rows
/// are copied or none. `schemas` are the schemas that share the file. Their migrations make the
/// tables in PostgreSQL, which must be empty, except for those of schemas that `schemas` use
/// (Schema::uses): modules share them. The file must have had all migrations, and no other
/// process may use it meanwhile. Errors say what to do with `program`, such as "run shop migrate
/// first".
///
/// Errors: FAILED_PRECONDITION, COPY_NOT_EMPTY, naming the table. COPY_BEHIND if the file lacks a
/// migration. COPY_FAILED, with the table and the server's message, if the server refuses a row.
/// All errors of `open_store` and Store::migrate. The call blocks.
Result<std::vector<CopiedTable>> copy_to_postgres(const std::string& sqlite_path, std::string_view postgres_url,
                                                  std::span<const Schema> schemas, std::string_view program,
                                                  const pg::PostgresOptions& options = {});

}  // namespace tw::sql
