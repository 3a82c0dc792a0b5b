#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/runtime/host/rpc_state_registry.hpp"

namespace tw::runtime {

/// What every module's channels and servers are doing, loop by loop, after gRPC's channelz (gRFC
/// A14). 503 when a loop does not answer in time, which is a finding too. `registry` outlives the
/// task.
Task<http::Response> channelz_page(const CallContext& ctx, RpcStateRegistry& registry);

}  // namespace tw::runtime
