#pragma once

#include "kit/async/trace_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The length of a traceparent of version 00.
inline constexpr std::size_t kTraceparentLength = 55;

/// Reads a `traceparent` field (W3C Trace Context, level 2, §3.2) and the joined `tracestate`
/// fields (§3.3). Returns nothing for a malformed traceparent, or for several joined by commas: the
/// trace then starts anew. Only the tracestate is dropped if it is malformed. A version above 00 is
/// read as 00.
std::optional<TraceContext> parse_traceparent(std::string_view traceparent, std::string_view tracestate = {});

/// Returns "00-<trace-id>-<parent-id>-<flags>". `trace` is valid.
std::string format_traceparent(const TraceContext& trace);
/// Writes a traceparent to `out`, which has space for kTraceparentLength characters.
void write_traceparent(const TraceContext& trace, char* out);

}  // namespace tw::telemetry
