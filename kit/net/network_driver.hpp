#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <memory>
#include <vector>

namespace tw::net {

/// A simulation's network. net::resolve and net::connect use it in place of the system's on loops
/// whose driver has one. net::connect still decides in which order addresses are tried, and with
/// how much time each.
class NetworkDriver {
 public:
    virtual ~NetworkDriver() = default;

    /// Like net::resolve. `address` is not a literal.
    virtual Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address) = 0;
    /// Connects to one address: an IP literal or a Unix domain socket. The task ends when `scope`
    /// is over. Fails with UNAVAILABLE; the detail has the system's words ("connect to 10.0.0.1:80:
    /// Connection refused (111)").
    virtual Task<Result<std::unique_ptr<Stream>>> connect(EventLoop& loop, CancelScope& scope, const Address& address) = 0;
};

}  // namespace tw::net
