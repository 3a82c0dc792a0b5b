#pragma once

#include "kit/sql/value.hpp"

#include <string>

namespace tw::sql::pg {

/// Appends a value in COPY's text format (PostgreSQL manual, "COPY", "Text Format"). A null becomes
/// \N, and characters that would end a value or a line are escaped. If `moment` says that the
/// column is a timestamptz, a whole number counts microseconds since 1970.
void append_copy_value(std::string& out, const Value& value, bool moment);

}  // namespace tw::sql::pg
