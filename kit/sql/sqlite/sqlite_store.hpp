#pragma once

#include "kit/sql/store.hpp"

#include <memory>
#include <string_view>

namespace tw::sql {

/// Opens the file at `path`, which is made where it is missing (its folder is not), or a private temporary one for
/// ":memory:". One process at a time: another gets UNAVAILABLE, DATABASE_BUSY, at once. Errors else as open_store.
Result<std::unique_ptr<Store>> open_sqlite_store(std::string_view path, WorkerPool& workers);

}  // namespace tw::sql
