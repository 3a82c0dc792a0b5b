#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"

#include <functional>

namespace tw::rpc {

/// Stands around the caller's side of every call of a channel, of whatever shape: limits, breakers, metadata. Calls `next` at
/// most once, with the context it got or a child of it, or answers in its place. Belongs to one loop. What applies to the calls
/// that are served is a Policy (kit/rpc/policy.hpp).
class Interceptor {
 public:
    using Next = std::move_only_function<Task<Result<void>>(const CallContext& ctx)>;

    virtual ~Interceptor() = default;
    virtual Task<Result<void>> around(const CallContext& ctx, CallInfo& call, Next next) = 0;
};

}  // namespace tw::rpc
