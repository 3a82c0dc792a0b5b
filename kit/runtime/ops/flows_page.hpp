#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/runtime/host/operated_modules.hpp"

namespace tw::runtime {

/// Answers /flows of the operations port. GET lists the durable flows of the modules of this
/// process, or shows one with its steps (`id`). POST lets one go on (`retry`) or ends it where it
/// is (`cancel`). Inputs, results and the answers of steps are never shown, since they are business
/// data. `modules` and `clock` outlive the task.
Task<http::Response> flows_page(const CallContext& ctx, OperatedModules& modules, const Clock& clock, http::Request request);

}  // namespace tw::runtime
