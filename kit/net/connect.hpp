#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <chrono>
#include <memory>

namespace tw::net {

/// Resolves the host and tries its addresses one after the other, each with its share of `timeout`; TCP_NODELAY is set.
/// UNAVAILABLE (why: in its cause) when none answers in time; the context's own error when the call is over before.
Task<Result<std::unique_ptr<Stream>>> connect(const CallContext& ctx, EventLoop& loop, const Address& address,
                                              std::chrono::nanoseconds timeout);

}  // namespace tw::net
