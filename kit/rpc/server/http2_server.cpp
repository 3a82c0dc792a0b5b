#include "kit/rpc/server/http2_server.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {
namespace {

/// The greatest number of connections that `state` lists one by one.
constexpr std::size_t kConnectionsListedMax = 100;

net::H2ServedOptions served_options(const ServerLimits& limits) {
    return {.limits = {.streams_max = static_cast<std::uint32_t>(limits.streams_max),
                       .stream_window_bytes = static_cast<std::uint32_t>(limits.stream_window_bytes),
                       .connection_window_bytes = static_cast<std::uint32_t>(limits.connection_window_bytes),
                       .header_bytes_max = static_cast<std::uint32_t>(limits.metadata_bytes_max),
                       .resets_max = static_cast<std::uint32_t>(limits.resets_max),
                       .write_time_max = limits.answer_time_max,
                       .keepalive = limits.keepalive,
                       .pings = limits.pings},
            .idle_time_max = limits.idle_time_max,
            .header_time_max = limits.header_time_max,
            .age_max = limits.connection_age_max,
            .age_grace = limits.connection_grace};
}

std::shared_ptr<const CallAttributes> attributes_of(const net::H2Connection& connection) {
    CallAttributes attributes{.peer = connection.peer().to_string()};
    if (const auto* const tls = connection.tls()) attributes.peer_identity = tls->peer_identity();
    if (!attributes.peer_identity.empty()) {
        attributes.principal =
            Principal{.kind = Principal::Kind::service, .proof = Principal::Proof::certificate, .id = attributes.peer_identity};
    }
    return std::make_shared<const CallAttributes>(std::move(attributes));
}

}  // namespace

/// The connection of one client.
class Http2Server::Connection final : private net::H2Requests {
 public:
    Connection(Http2Server& server, std::unique_ptr<net::Stream> stream, net::ConnectionCount::Place place)
        : server_{&server},
          core_{server.core_},
          place_{std::move(place)},
          connection_{core_->loop, std::move(stream), server.options_, server.random_, *this},
          attributes_{attributes_of(connection_.connection())},
          since_{core_->loop.now()},
          origin_{since_, attributes_, authority_} {}

    Task<Result<void>> run() { return connection_.run(); }
    void drain() { connection_.drain(); }
    void close() { connection_.close(); }
    ConnectionState state() const {
        const auto& session = connection_.connection().session();
        return {.peer = attributes_->peer,
                .identity = attributes_->peer_identity,
                .since = since_,
                .streams_open = session.streams(),
                .streams_started = session.streams_started(),
                .pings_received = session.pings_received()};
    }
    /// The server, or null after it has been destroyed.
    Http2Server* server() const { return server_; }
    /// Notes that the server has been destroyed.
    void disown() { server_ = nullptr; }

 private:
    net::H2Stream* on_request(SteadyTime now) override {
        origin_.now = now;
        return &ServerCall::take(core_, origin_);
    }

    Http2Server* server_;
    std::shared_ptr<ServerCore> core_;
    net::ConnectionCount::Place place_;
    net::H2ServedConnection connection_;
    std::shared_ptr<const CallAttributes> attributes_;
    std::shared_ptr<const std::string> authority_;
    SteadyTime since_;
    CallOrigin origin_;
};

Http2Server::Http2Server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                         net::ConnectionCount connections)
    : core_{new ServerCore{.loop = loop, .services = services, .limits = limits}},
      options_{served_options(limits)},
      count_{std::move(connections)} {}

Http2Server::~Http2Server() {
    for (auto* connection : connections_) {
        connection->disown();
        connection->close();
    }
}

void Http2Server::serve(net::Socket socket) { serve_stream(net::make_tcp_stream(core_->loop, std::move(socket))); }

void Http2Server::serve_stream(std::unique_ptr<net::Stream> stream) {
    if (draining_) return stream->close();
    const auto& limits = core_->limits;
    auto place = count_.admit(stream->peer(), {limits.connections_max, limits.connections_per_address_max});
    if (!place) return stream->close();
    auto connection = std::make_shared<Connection>(*this, std::move(stream), std::move(*place));
    connections_.push_back(connection.get());
    spawn(gate_.get(), run(std::move(connection)));
}

Task<void> Http2Server::run(std::shared_ptr<Connection> connection) {
    // The reason why a connection ended matters to its client only.
    static_cast<void>(co_await connection->run());
    auto* const server = connection->server();
    if (server == nullptr) co_return;
    std::erase(server->connections_, connection.get());
    if (server->connections_.empty() && server->on_empty_) std::exchange(server->on_empty_, nullptr)();
}

Task<void> Http2Server::drain(Deadline deadline) {
    draining_ = true;
    if (connections_.empty()) co_return;
    OneShot<bool> empty;
    on_empty_ = [&empty] { empty.set(true); };
    for (auto* connection : connections_) connection->drain();
    Timer cut{core_->loop.timers(), [this] {
                  const auto left = connections_;
                  for (auto* connection : left) connection->close();
              }};
    if (!deadline.is_never()) cut.arm(deadline.when());
    co_await empty;
}

ServerState Http2Server::state() const {
    ServerState state{.calls = core_->calls, .connections_open = connections_.size()};
    for (std::size_t i = 0; i < std::min(connections_.size(), kConnectionsListedMax); ++i) {
        state.connections.push_back(connections_[i]->state());
    }
    return state;
}

std::unique_ptr<Server> make_server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                                    net::ConnectionCount connections) {
    return std::make_unique<Http2Server>(loop, services, limits, std::move(connections));
}

}  // namespace tw::rpc
