#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/net/stream.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace tw::net {

/// A simulation's network, which net::resolve and net::connect use on loops whose driver has one, in place of the system's.
class NetworkDriver {
 public:
    virtual ~NetworkDriver() = default;

    /// As net::resolve and net::connect, errors too. `address` is no literal for `resolve`.
    virtual Task<Result<std::vector<Address>>> resolve(const CallContext& ctx, EventLoop& loop, const Address& address) = 0;
    virtual Task<Result<std::unique_ptr<Stream>>> connect(const CallContext& ctx, EventLoop& loop, const Address& address,
                                                          std::chrono::nanoseconds timeout) = 0;
};

}  // namespace tw::net
