#pragma once

#include "kit/sql/value.hpp"

#include <string>

namespace tw::sql::pg {

/// Appends a value as COPY's text format has it (PostgreSQL manual, "COPY", "Text Format"): \N for null, and what would end a
/// value or a line escaped. A whole number is microseconds since 1970 where `moment` says that the column is a timestamptz.
void append_copy_value(std::string& out, const Value& value, bool moment);

}  // namespace tw::sql::pg
