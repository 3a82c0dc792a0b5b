#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Reads `tracestate`, whose fields are joined by commas (W3C Trace Context, level 2, §3.3).
/// Returns the form in which it is passed on: the members in their order, without blanks and empty
/// members. Returns null if nothing is left, and for a list that is malformed or has more than 32
/// members.
///
/// If several members have the same key, the first one is kept, which was written last (§3.5). If
/// the list has more than 512 characters, members longer than 128 are removed first, then those at
/// the end (§3.3.3.1).
std::shared_ptr<const std::string> parse_tracestate(std::string_view text);

}  // namespace tw::telemetry
