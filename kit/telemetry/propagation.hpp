#pragma once

#include "kit/async/trace_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Of a traceparent of version 00.
inline constexpr std::size_t kTraceparentLength = 55;

/// Reads a `traceparent` field (W3C Trace Context, level 2, §3.2) and the joined `tracestate` fields (§3.3). Nothing for a
/// malformed traceparent, or several joined by commas: the trace then starts anew; a malformed tracestate is dropped alone. A
/// version above 00 is read as 00.
std::optional<TraceContext> parse_traceparent(std::string_view traceparent, std::string_view tracestate = {});

/// "00-<trace-id>-<parent-id>-<flags>". `trace` is valid.
std::string format_traceparent(const TraceContext& trace);
/// The same into `out`, which has room for kTraceparentLength characters.
void write_traceparent(const TraceContext& trace, char* out);

}  // namespace tw::telemetry
