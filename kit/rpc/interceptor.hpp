#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tw::rpc {

/// Metadata as gRPC defines it: names in lower case; values of names that end in "-bin" are raw bytes here and base64 on
/// the wire.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// One call, as an interceptor sees it.
struct CallInfo {
    const Method& method;
    Metadata& request_metadata;   ///< client side: what will be sent; server side: what came
    Metadata& initial_metadata;   ///< server side: what will be sent before the first message; client side: what came
    Metadata& trailing_metadata;  ///< likewise, after the last one
};

/// Stands around every call of a server or a channel, of whatever shape: policies, limits, retries, breakers. Calls `next`
/// once, with the context it got or a child of it, or answers in its place. Belongs to one loop.
class Interceptor {
 public:
    using Next = std::move_only_function<Task<Result<void>>(const CallContext& ctx)>;

    virtual ~Interceptor() = default;
    virtual Task<Result<void>> around(const CallContext& ctx, CallInfo& call, Next next) = 0;
};

}  // namespace tw::rpc
