#pragma once

#include "kit/async/call_context.hpp"
#include "kit/sql/database.hpp"

namespace tw::catalog {

/// Folds the names of products again that were folded by earlier rules, so that the search finds
/// them. Call it at start. Several replicas may do so at the same time. Errors are the database's.
Task<Result<void>> fold_names_again(const CallContext& ctx, sql::Database& database);

}  // namespace tw::catalog
