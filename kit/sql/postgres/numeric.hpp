#pragma once

#include "kit/sql/value.hpp"

#include <optional>
#include <string_view>

namespace tw::sql::pg {

/// A `numeric` in PostgreSQL's binary form, which sums of bigints have: an integer where it is a whole number of 64 bits,
/// as SQLite would say, and a double otherwise. Nothing where the bytes are malformed.
std::optional<Value> read_numeric(std::string_view bytes);

}  // namespace tw::sql::pg
