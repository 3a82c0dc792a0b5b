#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/net/address.hpp"
#include "kit/net/socket.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace tw::net {

/// Accepts connections, by TCP (TCP_NODELAY set) or on a Unix domain socket, and deals them to the loops of a group in turn.
class Listener {
 public:
    /// Binds and listens at once, so that a busy port is known before anything else starts: FAILED_PRECONDITION, reason
    /// ADDRESS_IN_USE, naming address and remedy; other failures INVALID_ARGUMENT or UNAVAILABLE likewise.
    /// "localhost" is listened on by IPv4 and by IPv6, as far as the machine has them; "::" takes clients of both, and is
    /// "0.0.0.0" where the machine has no IPv6. An IPv4 client that came by IPv6 has its IPv4 address as its socket's peer. A
    /// Unix domain socket is for its owner and group (mode 0660). The file of a process that is gone, where nobody answers, is
    /// replaced; what is no socket is left alone. The file goes with the listener; the one beside it, PATH.lock, by which no two
    /// listeners have one path, stays.
    static Result<std::unique_ptr<Listener>> bind(const Address& address);
    virtual ~Listener() = default;

    /// With the port that was chosen, where 0 was asked for.
    virtual const Address& local() const = 0;

    /// Accepts from now on. `on_socket` is called on the thread of the loop that the connection was dealt to. When the
    /// process runs out of descriptors, accepting pauses and resumes by itself. `loops` outlives the listener.
    using OnSocket = std::function<void(EventLoop& loop, Socket socket)>;
    virtual void start(LoopGroup& loops, OnSocket on_socket) = 0;

    /// Stops accepting, and takes the file of a Unix domain socket away; returns at once. Thread-safe, idempotent.
    virtual void close() = 0;
};

}  // namespace tw::net
