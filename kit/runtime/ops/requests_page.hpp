#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/runtime/export/meter_registry.hpp"

namespace tw::runtime {

/// How many requests each service is at work on: "http" from outside, "rpc" from other services, on
/// all loops together. 503 when a loop does not answer in time, which is a finding too. `registry`
/// outlives the task.
Task<http::Response> requests_page(const CallContext& ctx, const MeterRegistry& registry);

}  // namespace tw::runtime
