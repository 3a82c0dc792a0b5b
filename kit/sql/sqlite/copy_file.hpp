#pragma once

#include "kit/base/result.hpp"

#include <atomic>
#include <string>

struct sqlite3;

namespace tw::sql {

/// Writes the database of `source` to a new file at `path`, as `source` sees it. If a read
/// transaction is open, that is the state when the transaction began. The errors are those of
/// `back_up`.
Result<void> copy_to_file(sqlite3* source, const std::string& path, const std::atomic<bool>& abandoned);

}  // namespace tw::sql
