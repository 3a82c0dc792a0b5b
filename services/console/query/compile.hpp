#pragma once

#include "kit/base/result.hpp"
#include "services/console/query/term.hpp"

#include <string_view>
#include <vector>

namespace tw::console {

/// Reads a query into terms that can be compared. Fails with BAD_QUERY.
Result<std::vector<Term>> compile_query(std::string_view text);

}  // namespace tw::console
