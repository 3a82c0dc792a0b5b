#pragma once

#include "kit/net/connection_count.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/rpc/server/server_call.hpp"

#include <memory>

namespace tw::rpc {

/// Serves gRPC calls on streams of connections that are somebody else's, such as those of an HTTP server that speaks more than
/// gRPC. Deadlines, and the limits on messages and metadata, are those of a Server. The limits that concern connections are not
/// used: they are the owner's. Belongs to a loop.
class StreamServer {
 public:
    /// `loop` and `services` outlive the server; it outlives its streams. `streams` bounds the calls of streaming methods: the
    /// next one is RESOURCE_EXHAUSTED, reason TOO_MANY_CALLS.
    StreamServer(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits, StreamShare streams);

    /// The stream of a call that began at `now`. It is told the whole header before the next one is taken, and goes by itself.
    /// `attributes`: what the call has where it brings nothing of its own.
    net::H2Stream& take(SteadyTime now, const net::Address& peer, std::shared_ptr<const CallAttributes> attributes);

 private:
    std::shared_ptr<ServerCore> core_;
    // What a connection of the Server's keeps for its calls.
    std::shared_ptr<const CallAttributes> attributes_;
    std::shared_ptr<const std::string> authority_;
    CallOrigin origin_;
};

}  // namespace tw::rpc
