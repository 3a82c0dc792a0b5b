#include "kit/rpc/stream_server.hpp"

#include <utility>

namespace tw::rpc {

StreamServer::StreamServer(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits, StreamShare streams)
    : core_{new ServerCore{.loop = loop, .services = services, .limits = limits, .streams = std::move(streams)}},
      origin_{.now = {}, .attributes = attributes_, .authority = authority_} {}

net::H2Stream& StreamServer::take(SteadyTime now, const net::Address& peer, std::shared_ptr<const CallAttributes> attributes) {
    attributes_ = std::move(attributes);
    origin_.now = now;
    origin_.peer = &peer;
    return ServerCall::take(core_, origin_);
}

}  // namespace tw::rpc
