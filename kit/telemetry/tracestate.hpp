#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Reads `tracestate`, its fields joined by commas (W3C Trace Context, level 2, §3.3), as it is to be passed on: in its order,
/// without blanks and empty members. Null where nothing is left, and for a list that is malformed or has more than 32 members.
///
/// Of members with the same key the first one stays: the one written last (§3.5). Of more than 512 characters, members longer
/// than 128 go first, then those at the end (§3.3.3.1).
std::shared_ptr<const std::string> parse_tracestate(std::string_view text);

}  // namespace tw::telemetry
