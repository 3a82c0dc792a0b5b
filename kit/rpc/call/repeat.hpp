#pragma once

#include "kit/async/call_context.hpp"
#include "kit/rpc/method.hpp"

/// What a method's contract says about making the same call again.
namespace tw::rpc {

/// Whether making a call twice has the same effect as making it once. A call of a method that takes
/// idempotency keys is repeatable if it has one: `ctx` carries it.
bool is_repeatable(const Method& method, const CallContext& ctx);

/// Returns the error of a call to `method` as the caller gets it. The error stays retryable only if
/// repeating the call is safe: the call certainly had no effect, or the method may be repeated.
Error forbid_unsafe_retry(Error error, const Method& method, const CallContext& ctx);

}  // namespace tw::rpc
