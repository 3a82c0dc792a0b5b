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

/// gRPC over HTTP/2 on one loop: h2c by prior knowledge, or over a stream that has TLS under it already.
class Server {
 public:
    virtual ~Server() = default;
    /// Takes a connection over. On the loop's thread.
    virtual void serve(net::Socket socket) = 0;
    /// Likewise a stream, such as one after its TLS handshake.
    virtual void serve_stream(std::unique_ptr<net::Stream> stream) = 0;
    /// GOAWAY on every connection, in-flight calls end; returns when all are gone, or at the deadline, when the rest are cut.
    virtual Task<void> drain(Deadline deadline) = 0;
    virtual ServerState state() const = 0;
};

/// `loop` and `services` outlive the server. `connections` is what the servers of all loops of a port count their connections in;
/// by default this one counts alone.
std::unique_ptr<Server> make_server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                                    net::ConnectionCount connections = {});

}  // namespace tw::rpc
