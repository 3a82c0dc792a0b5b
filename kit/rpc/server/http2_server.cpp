#include "kit/rpc/server/http2_server.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {
namespace {

/// How long a client that was told to leave, and has no calls, may take to do so.
constexpr std::chrono::seconds kLeaveTimeMax{5};
/// How many connections of a loop are told one by one.
constexpr std::size_t kConnectionsTold = 100;

net::H2Limits server_h2_limits(const ServerLimits& limits) {
    return {.streams_max = static_cast<std::uint32_t>(limits.streams_max),
            .stream_window_bytes = static_cast<std::uint32_t>(limits.stream_window_bytes),
            .connection_window_bytes = static_cast<std::uint32_t>(limits.connection_window_bytes),
            .header_bytes_max = static_cast<std::uint32_t>(limits.metadata_bytes_max),
            .resets_max = static_cast<std::uint32_t>(limits.resets_max),
            .write_time_max = limits.answer_time_max,
            .keepalive = limits.keepalive,
            .pings = limits.pings};
}

std::shared_ptr<const CallAttributes> attributes_of(const net::H2Connection& connection) {
    CallAttributes attributes{.peer = connection.peer().to_string()};
    if (const auto* const tls = connection.tls()) attributes.peer_identity = tls->peer_identity();
    if (!attributes.peer_identity.empty()) {
        attributes.principal = {
            .kind = Principal::Kind::service, .proof = Principal::Proof::certificate, .id = attributes.peer_identity};
    }
    return std::make_shared<const CallAttributes>(std::move(attributes));
}

}  // namespace

/// One client. Is let go when it has been without calls for too long.
class Http2Server::Connection final : public net::H2Events {
 public:
    Connection(Http2Server& server, std::unique_ptr<net::Stream> stream, net::ConnectionCount::Place place)
        : server_{&server},
          core_{server.core_},
          place_{std::move(place)},
          connection_{core_->loop, std::move(stream), net::H2Session::Side::server, server.h2_limits_, *this},
          attributes_{attributes_of(connection_)},
          since_{core_->loop.now()},
          origin_{since_, attributes_, authority_, header_began_},
          idle_{core_->loop.timers(), [this] { on_idle(); }},
          age_{core_->loop.timers(), [this] { on_age(); }},
          header_{core_->loop.timers(), [this] { on_header_time(); }} {
        idle_.arm(origin_.now + core_->limits.idle_time_max);
        const std::chrono::duration<double> age = core_->limits.connection_age_max * (0.9 + 0.2 * server.random_.uniform());
        age_.arm(origin_.now + std::chrono::duration_cast<std::chrono::nanoseconds>(age));
    }

    Task<Result<void>> run() { return connection_.run(); }
    void drain() { connection_.session().drain(); }
    void close() { connection_.close(); }
    ConnectionState state() const {
        return {.peer = attributes_->peer,
                .identity = attributes_->peer_identity,
                .since = since_,
                .streams_open = connection_.session().streams(),
                .streams_started = connection_.session().streams_started(),
                .pings_received = connection_.session().pings_received()};
    }
    Http2Server* server() const { return server_; }
    /// The server is gone.
    void disown() { server_ = nullptr; }

 private:
    net::H2Stream* on_request() override {
        idle_.cancel();
        origin_.now = connection_.received_at();
        header_began_ = origin_.now;
        // Most headers come whole. So the timer is not turned off again, but looks whether the one that is on its way is late.
        if (!header_.armed()) header_.arm(origin_.now + core_->limits.header_time_max);
        return &ServerCall::take(core_, origin_);
    }

    void on_stream_gone() override {
        if (connection_.session().streams() == 0) idle_.arm(connection_.received_at() + core_->limits.idle_time_max);
    }

    void on_idle() {
        if (std::exchange(told_to_leave_, true)) return close();
        drain();
        idle_.arm(core_->loop.now() + kLeaveTimeMax);
    }

    void on_header_time() {
        if (!header_began_) return;
        const auto end = *header_began_ + core_->limits.header_time_max;
        if (end > core_->loop.now()) return header_.arm(end);
        // No other stream can go on before this header ends, since it belongs to the whole connection's table (RFC 9113 §4.3).
        connection_.session().terminate(net::H2Code::enhance_your_calm, "a header did not end in time");
    }

    void on_age() {
        if (std::exchange(aged_, true)) return close();
        drain();
        age_.arm(core_->loop.now() + core_->limits.connection_grace);
    }

    Http2Server* server_;
    std::shared_ptr<ServerCore> core_;
    net::ConnectionCount::Place place_;
    net::H2Connection connection_;
    std::shared_ptr<const CallAttributes> attributes_;
    std::shared_ptr<const std::string> authority_;
    SteadyTime since_;
    std::optional<SteadyTime> header_began_;
    CallOrigin origin_;
    Timer idle_;
    Timer age_;
    Timer header_;
    bool told_to_leave_ = false;
    bool aged_ = false;
};

Http2Server::Http2Server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                         net::ConnectionCount connections)
    : core_{new ServerCore{.loop = loop, .services = services, .limits = limits}},
      h2_limits_{server_h2_limits(limits)},
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
    // Why a client's connection ended concerns only the client.
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
    for (std::size_t i = 0; i < std::min(connections_.size(), kConnectionsTold); ++i) {
        state.connections.push_back(connections_[i]->state());
    }
    return state;
}

std::unique_ptr<Server> make_server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits,
                                    net::ConnectionCount connections) {
    return std::make_unique<Http2Server>(loop, services, limits, std::move(connections));
}

}  // namespace tw::rpc
