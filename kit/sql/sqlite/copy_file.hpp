#pragma once

#include "kit/base/result.hpp"

#include <atomic>
#include <string>

struct sqlite3;

namespace tw::sql {

/// Writes the database of `source` to a new file at `path`, as `source` sees it: with a read transaction open, as it was when
/// that began. Errors as `back_up`.
Result<void> copy_to_file(sqlite3* source, const std::string& path, const std::atomic<bool>& abandoned);

}  // namespace tw::sql
