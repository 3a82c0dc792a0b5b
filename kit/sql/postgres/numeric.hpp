#pragma once

#include "kit/sql/value.hpp"

#include <optional>
#include <string_view>

namespace tw::sql::pg {

/// Reads a `numeric` in PostgreSQL's binary form, which sums of bigints have. A whole number of 64
/// bits becomes an integer, as in SQLite, and any other a double. Returns nothing if the bytes are
/// malformed.
std::optional<Value> read_numeric(std::string_view bytes);

}  // namespace tw::sql::pg
