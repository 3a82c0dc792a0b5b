#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"

namespace tw::rpc {

/// The innermost step of a call. Interceptors or policies run around it.
class CallBody {
 public:
    virtual Task<Result<void>> run(const CallContext& ctx) = 0;

 protected:
    ~CallBody() = default;
};

}  // namespace tw::rpc
