#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tw::idempotency {

/// The rows in caches that a call has changed: their keys in the cache, and their versions.
using ChangedRows = std::map<std::string, std::int64_t, std::less<>>;

/// Returns the text of a column: a line for each row, with its version and its key in base64.
std::string changed_rows_text(const ChangedRows& rows);
/// Returns nothing if the text cannot be read.
std::optional<ChangedRows> parse_changed_rows(std::string_view text);

}  // namespace tw::idempotency
