#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/call_info.hpp"

#include <functional>

namespace tw::auth {

/// Is told of each call that a policy refuses because of its caller. `principal` is who makes the
/// call, as far as it is known. It must not block.
using OnRefusal =
    std::function<void(const CallContext& ctx, const rpc::CallInfo& call, const Principal& principal, const Error& error)>;

}  // namespace tw::auth
