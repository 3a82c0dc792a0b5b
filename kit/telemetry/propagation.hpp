#pragma once

#include "kit/async/trace_context.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Reads a `traceparent` header and the joined `tracestate` headers (W3C Trace Context §3.2, §3.3). Nothing for a malformed
/// traceparent: the trace then starts anew; a malformed tracestate is dropped alone. A version above 00 is read as 00.
std::optional<TraceContext> parse_traceparent(std::string_view traceparent, std::string_view tracestate = {});

/// "00-<trace-id>-<parent-id>-<flags>", 55 characters. `trace` is valid.
std::string format_traceparent(const TraceContext& trace);

}  // namespace tw::telemetry
