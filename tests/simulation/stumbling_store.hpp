#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/sql/store.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace tw::shop {

/// Called after a write with the writer's context and the database. May return a task, which ends
/// before the writer goes on.
using AfterWrite = std::function<std::optional<Task<void>>(const CallContext& ctx, sql::Database& database)>;

/// Returns `store` with a function that is called after each write that succeeded, before the writer
/// knows of it. There a process may crash or stand still: what it has written lasts, and nobody has
/// been told.
std::unique_ptr<sql::Store> make_stumbling_store(std::unique_ptr<sql::Store> store, AfterWrite wrote);

}  // namespace tw::shop
