#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace tw::net {

/// The addresses of a host, IP literals all, in the order in which the system advises to try them (RFC 6724); what is one
/// already, and a Unix domain socket, is its own. The loop goes on meanwhile. UNAVAILABLE where there is none, or no answer; the
/// context's own error when the call is over before.
Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address);

/// Resolves the host and tries its addresses one after the other, each with its share of `timeout`; TCP_NODELAY is set. A Unix
/// domain socket is one address.
/// UNAVAILABLE (why: in its cause) when none answers in time; the context's own error when the call is over before.
Task<Result<std::unique_ptr<Stream>>> connect(const CallContext& ctx, EventLoop& loop, const Address& address,
                                              std::chrono::nanoseconds timeout);

}  // namespace tw::net
