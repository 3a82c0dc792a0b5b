#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/net/address.hpp"
#include "kit/net/socket.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace tw::net {

/// Accepts connections, by TCP (TCP_NODELAY set) or on a Unix domain socket, and distributes them
/// over the loops of a group, round robin.
class Listener {
 public:
    /// Binds and listens at once, so that a busy port is known before anything else starts. Fails
    /// with FAILED_PRECONDITION, reason ADDRESS_IN_USE, and with INVALID_ARGUMENT or UNAVAILABLE
    /// for other failures. The detail names the address and says what to do.
    ///
    /// For "localhost" the listener uses IPv4 and IPv6, as far as the machine has them. "::"
    /// accepts clients of both, and becomes "0.0.0.0" if the machine has no IPv6. An IPv4 client
    /// that came by IPv6 has its IPv4 address as its socket's peer.
    ///
    /// A Unix domain socket can be used by its owner and group (mode 0660). The file of a process
    /// that is gone, where nobody answers, is replaced. A file that is no socket is left alone. The
    /// file is removed with the listener. The file beside it, PATH.lock, keeps two listeners from
    /// using one path, and stays.
    static Result<std::unique_ptr<Listener>> bind(const Address& address);
    virtual ~Listener() = default;

    /// The address, with the port that the system chose if 0 was asked for.
    virtual const Address& local() const = 0;

    /// Starts accepting. `on_socket` is called on the thread of the loop that gets the connection.
    /// When the process runs out of descriptors, accepting pauses and resumes by itself. `loops`
    /// must outlive the listener.
    using OnSocket = std::function<void(EventLoop& loop, Socket socket)>;
    virtual void start(LoopGroup& loops, OnSocket on_socket) = 0;

    /// Stops accepting, and removes the file of a Unix domain socket. It returns at once.
    /// Thread-safe; a second call does nothing.
    virtual void close() = 0;
};

}  // namespace tw::net
