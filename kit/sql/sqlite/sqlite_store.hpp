#pragma once

#include "kit/sql/store.hpp"

#include <memory>
#include <string_view>

namespace tw::sql {

/// Opens the file at `path`, or a private temporary one for ":memory:". A missing file is created,
/// a missing folder is not. Only one process at a time may open a file: another gets UNAVAILABLE,
/// DATABASE_BUSY, at once. All other errors are those of open_store.
Result<std::unique_ptr<Store>> open_sqlite_store(std::string_view path, WorkerPool& workers);

}  // namespace tw::sql
