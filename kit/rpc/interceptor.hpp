#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"

#include <functional>

namespace tw::rpc {

/// Runs around the caller's side of every call of a channel, whatever the shape of the call.
/// Limits, circuit breakers and metadata are examples. An interceptor calls `next` at most once,
/// with the context it got or a child of it, or it answers instead of the callee. It belongs to one
/// loop. A Policy (kit/rpc/policy.hpp) applies to calls that are served.
class Interceptor {
 public:
    using Next = std::move_only_function<Task<Result<void>>(const CallContext& ctx)>;

    virtual ~Interceptor() = default;
    virtual Task<Result<void>> around(const CallContext& ctx, CallInfo& call, Next next) = 0;
};

}  // namespace tw::rpc
