#pragma once

#include "services/console/record.hpp"

#include <string_view>

namespace tw::console {

/// How a call ended.
enum class CallOutcome : std::uint8_t {
    ok,
    /// The caller was to blame: HTTP 4xx, or a gRPC code such as NOT_FOUND.
    refused,
    /// HTTP 5xx, a gRPC code such as UNAVAILABLE, or the span's status is error.
    error,
};

/// The HTTP or gRPC status decides, where there is one, and else the span's status. The client span
/// of a refused call has the status error, which does not make it a failed one.
CallOutcome outcome_of(const SpanRecord& span);

/// "ok", "refused" or "error".
std::string_view outcome_name(CallOutcome outcome);

}  // namespace tw::console
