#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/telemetry/telemetry.hpp"

namespace tw::trace_context {

/// The service that the W3C validation harness for trace context drives. POST /test takes a JSON
/// array of {"url", "arguments"}. The service POSTs each element's arguments to its URL, one after
/// the other, within the trace of the request. It answers 200 when all URLs were called, whatever
/// they answered, 400 if the body is no such array, and 503 if a URL cannot be reached.
Task<http::Response> answer(telemetry::Telemetry telemetry, const CallContext& ctx, const http::Request& request);

}  // namespace tw::trace_context
