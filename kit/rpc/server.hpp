#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/stream.hpp"
#include "kit/rpc/server/server_limits.hpp"
#include "kit/rpc/state.hpp"

#include <memory>

namespace tw::rpc {

class ServiceTable;

/// A gRPC server over HTTP/2 on one loop. A connection begins with HTTP/2 at once (h2c by prior
/// knowledge), or its stream already has TLS. All functions must be called on the loop's thread.
class Server {
 public:
    virtual ~Server() = default;
    /// Takes a connection over and serves it.
    virtual void serve(net::Socket socket) = 0;
    /// Takes a stream over and serves it, such as the stream of a connection after its TLS
    /// handshake.
    virtual void serve_stream(std::unique_ptr<net::Stream> stream) = 0;
    /// Sends GOAWAY on every connection, and lets the open calls end. Returns when all connections
    /// are closed. At the deadline, the remaining ones are cut.
    virtual Task<void> drain(Deadline deadline) = 0;
    virtual ServerState state() const = 0;
};

/// `loop` and `services` must outlive the server. The servers of all loops of a port count their
/// connections in `connections`; by default, the server counts alone.
std::unique_ptr<Server> make_server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                                    net::ConnectionCount connections = {});

}  // namespace tw::rpc
