#pragma once

#include "kit/rpc/method.hpp"

/// What a method's contract says about making the same call again.
namespace tw::rpc {

/// Whether making the same call twice is as good as making it once. A method that takes idempotency keys is not repeatable, with
/// a key or without one: no service stores the keys of the calls that it has done.
bool is_repeatable(const Method& method);

/// The error of a call to `method` as its caller gets it. Retryable stays only what is safe to repeat: a call that certainly had
/// no effect, or one to a method that may be repeated.
Error forbid_unsafe_retry(Error error, const Method& method);

}  // namespace tw::rpc
