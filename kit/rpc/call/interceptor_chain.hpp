#pragma once

#include "kit/rpc/call/call_body.hpp"
#include "kit/rpc/interceptor.hpp"

#include <cstddef>
#include <span>

namespace tw::rpc {

/// Runs `body` with the interceptors around it, the first one outermost. The arguments must outlive
/// the task.
class InterceptorChain {
 public:
    InterceptorChain(std::span<Interceptor* const> interceptors, CallInfo& call, CallBody& body)
        : interceptors_{interceptors}, call_{call}, body_{body} {}

    Task<Result<void>> run(const CallContext& ctx) { return step(0, ctx); }

 private:
    Task<Result<void>> step(std::size_t index, const CallContext& ctx) {
        if (index == interceptors_.size()) return body_.run(ctx);
        return interceptors_[index]->around(ctx, call_,
                                            [this, index](const CallContext& inner) { return step(index + 1, inner); });
    }

    std::span<Interceptor* const> interceptors_;
    CallInfo& call_;
    CallBody& body_;
};

}  // namespace tw::rpc
