#pragma once

#include <string>
#include <vector>

namespace tw::cli {

/// Lays rows out as a table for people: columns are aligned, two spaces apart, and the last one is
/// as wide as it is. The first row has the headings. Columns that are empty in all other rows are
/// left out.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace tw::cli
