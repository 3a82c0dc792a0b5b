#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/telemetry/log.hpp"

#include <string_view>

namespace tw::auth {

/// Logs that a call was refused, and puts the challenge (RFC 6750 §3) into the metadata of its
/// answer. `why` is for the log alone. Anyone can cause refusals, so the record is a limited one.
void report_refusal(const telemetry::Logger& log, const CallContext& ctx, rpc::CallInfo& call, std::string_view event,
                    const Error& error, std::string_view why);

}  // namespace tw::auth
