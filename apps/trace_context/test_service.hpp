#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/telemetry/telemetry.hpp"

namespace tw::trace_context {

/// The service that the W3C validation harness for trace context drives: POST /test takes a JSON array of {"url", "arguments"}
/// and POSTs each element's arguments to its URL, one after the other, within the trace that the request came in. 200 when all
/// were called, whatever they answered; 400 for what is no such array; 503 when one is not reached.
Task<http::Response> answer(telemetry::Telemetry telemetry, const CallContext& ctx, const http::Request& request);

}  // namespace tw::trace_context
