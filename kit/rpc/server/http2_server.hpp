#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/base/random.hpp"
#include "kit/net/h2_served_connection.hpp"
#include "kit/net/stream.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/server/server_call.hpp"
#include "kit/rpc/service_table.hpp"

#include <functional>
#include <memory>

namespace tw::rpc {

/// The Server over any kind of stream. Destroying it closes the connections that are open.
class Http2Server final : public Server {
 public:
    Http2Server(EventLoop& loop, const ServiceTable& services, const ServerLimits& limits, net::ConnectionCount connections = {});
    ~Http2Server() override;

    void serve(net::Socket socket) override;
    void serve_stream(std::unique_ptr<net::Stream> stream) override;
    Task<void> drain(Deadline deadline) override;
    ServerState state() const override;

    std::size_t connections() const { return connections_.size(); }

 private:
    class Connection;
    Task<void> run(std::shared_ptr<Connection> connection);

    std::shared_ptr<ServerCore> core_;
    net::H2ServedOptions options_;
    net::ConnectionCount count_;
    Random random_;
    std::vector<Connection*> connections_;
    /// Holds the coroutines of the connections. They may need one more turn of the loop after the
    /// server has been destroyed.
    LastingGate gate_;
    bool draining_ = false;
    std::move_only_function<void()> on_empty_;
};

}  // namespace tw::rpc
