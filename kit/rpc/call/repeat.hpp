#pragma once

#include "kit/rpc/method.hpp"

/// What a method's contract says about making the same call again.
namespace tw::rpc {

/// Whether making a call twice has the same effect as making it once. A method that takes
/// idempotency keys is not repeatable, with a key or without one, because no service stores the
/// keys of the calls that it has done.
bool is_repeatable(const Method& method);

/// Returns the error of a call to `method` as the caller gets it. The error stays retryable only if
/// repeating the call is safe: the call certainly had no effect, or the method may be repeated.
Error forbid_unsafe_retry(Error error, const Method& method);

}  // namespace tw::rpc
