#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/runtime/host/operated_modules.hpp"

namespace tw::runtime {

/// Answers /events/dead of the operations port. GET lists the events that the consumers of this
/// process could not apply, or shows one (`id` and `consumer`). POST publishes one again
/// (`redrive`) or removes it for good (`drop`). Payloads are never shown, since they are business
/// data. `modules` and `clock` outlive the task.
Task<http::Response> dead_events_page(const CallContext& ctx, OperatedModules& modules, const Clock& clock,
                                      http::Request request);

}  // namespace tw::runtime
