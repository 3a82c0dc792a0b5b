#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <memory>
#include <vector>

namespace tw::net {

/// A simulation's network, which net::resolve and net::connect use on loops whose driver has one, in place of the system's. How
/// addresses are tried one after the other, and with how much time each, stays with net::connect.
class NetworkDriver {
 public:
    virtual ~NetworkDriver() = default;

    /// As net::resolve; `address` is no literal.
    virtual Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address) = 0;
    /// A connection to one address: an IP literal or a Unix domain socket. Ends when `scope` is over. UNAVAILABLE, whose detail
    /// says why in the system's words ("connect to 10.0.0.1:80: Connection refused (111)").
    virtual Task<Result<std::unique_ptr<Stream>>> connect(EventLoop& loop, CancelScope& scope, const Address& address) = 0;
};

}  // namespace tw::net
