#pragma once

#include "kit/rpc/method.hpp"
#include "kit/telemetry/span.hpp"

#include <string_view>

namespace tw::rpc {

/// "user.UserService/GetUser": the name of a call's spans.
inline std::string_view full_name(const Method& method) { return method.path.substr(1); }

/// The attributes of a call's span that are known at its start. `authority` is "host:port" of the callee, or empty.
void describe_call(telemetry::Span& span, const Method& method, std::string_view authority);

}  // namespace tw::rpc
