#pragma once

#include "kit/net/connection_count.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/rpc/server/server_call.hpp"

#include <memory>

namespace tw::rpc {

/// Serves gRPC calls on streams of connections that another object owns, such as an HTTP server
/// that serves more than gRPC. Deadlines, and the limits on messages and metadata, apply as in a
/// Server. The limits on connections do not apply, because the owner of the connections sets its
/// own limits. The object belongs to a loop.
class StreamServer {
 public:
    /// `loop` and `services` must outlive the server, and the server must outlive its streams.
    /// `streams` limits the open calls of streaming methods. A further call ends with
    /// RESOURCE_EXHAUSTED and the reason TOO_MANY_CALLS.
    StreamServer(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits, StreamShare streams);

    /// Returns the stream of a call that began at `now`. The stream must get its whole header
    /// before the next stream is taken; `peer` must be valid until then. The stream returns to the
    /// server by itself at its end. `attributes` are those of a call whose headers add none.
    net::H2Stream& take(SteadyTime now, const net::Address& peer, std::shared_ptr<const CallAttributes> attributes);

 private:
    std::shared_ptr<ServerCore> core_;
    // These members replace what a connection of a Server keeps for its calls.
    std::shared_ptr<const CallAttributes> attributes_;
    std::shared_ptr<const std::string> authority_;
    CallOrigin origin_;
};

}  // namespace tw::rpc
