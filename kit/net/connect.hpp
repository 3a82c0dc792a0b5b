#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace tw::net {

/// Returns the addresses of a host as IP literals, in the order in which the system advises to try
/// them (RFC 6724). An IP literal and a Unix domain socket are returned as they are. The loop is
/// not blocked. Fails with UNAVAILABLE if there is no address or no answer, and with the context's
/// error when the call is over before.
Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address);

/// Resolves the host and tries its addresses one after the other, each with its share of `timeout`.
/// A Unix domain socket is one address. TCP_NODELAY is set. Fails with UNAVAILABLE when no address
/// answers in time; the cause says why. Fails with the context's error when the call is over
/// before.
Task<Result<std::unique_ptr<Stream>>> connect(const CallContext& ctx, EventLoop& loop, const Address& address,
                                              std::chrono::nanoseconds timeout);

}  // namespace tw::net
