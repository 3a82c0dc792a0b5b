#include "kit/http/server.hpp"

#include "kit/http/connection.hpp"

#include <list>

namespace tw::http {
namespace {

/// Connections that are being told to come back later do not count, but must not be endless either.
constexpr std::size_t kRefusalsMax = 256;

class LoopServer final : public Server {
 public:
    LoopServer(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler, bool access_log,
               std::shared_ptr<std::atomic<std::size_t>> connections)
        : host_{loop, limits, telemetry, std::move(handler), access_log, {}}, open_{std::move(connections)} {}

    void serve(net::Socket socket) override { serve_stream(net::make_tcp_stream(host_.loop, std::move(socket))); }

    void serve_stream(std::unique_ptr<net::Stream> stream) override {
        if (gate_.closed()) return;
        spawn(gate_, hold(std::move(stream)));
    }

    Task<void> drain(Deadline deadline) override {
        if (gate_.closed()) co_return;
        tell_all(&Connection::drain);
        Timer late{host_.loop.timers(), [this] { tell_all(&Connection::cut); }};
        if (!deadline.is_never()) late.arm(deadline.when());
        co_await close_and_wait(gate_);
    }

 private:
    Task<void> hold(std::unique_ptr<net::Stream> stream) {
        const bool admitted = open_->fetch_add(1, std::memory_order_relaxed) < host_.limits.connections_max;
        if (admitted || refusals_ < kRefusalsMax) {
            Connection connection{host_, std::move(stream)};
            const auto place = connections_.insert(connections_.end(), &connection);
            if (admitted) {
                co_await connection.run();
            } else {
                ++refusals_;
                co_await connection.refuse();
                --refusals_;
            }
            connections_.erase(place);
        }
        open_->fetch_sub(1, std::memory_order_relaxed);
    }

    void tell_all(void (Connection::*what)()) {
        // A connection may end, and leave the list, while it is being told.
        const std::vector<Connection*> all{connections_.begin(), connections_.end()};
        for (auto* const connection : all) (connection->*what)();
    }

    ConnectionHost host_;
    std::shared_ptr<std::atomic<std::size_t>> open_;
    std::list<Connection*> connections_;
    std::size_t refusals_ = 0;
    Gate gate_;
};

}  // namespace

Result<void> ServerLimits::validate() const {
    std::vector<Violation> violations;
    const auto refuse = [&](bool wrong, const char* field, const char* why) {
        if (wrong) violations.push_back({field, why});
    };
    constexpr std::size_t kHeaderBytesMost = 1024 * 1024;
    refuse(header_bytes_max == 0 || header_bytes_max > kHeaderBytesMost, "/header_bytes_max", "must be from 1 to 1048576");
    refuse(uri_bytes_max == 0 || uri_bytes_max > header_bytes_max, "/uri_bytes_max", "must be from 1 to header_bytes_max");
    refuse(body_bytes_max == 0, "/body_bytes_max", "must be more than 0");
    refuse(connections_max == 0, "/connections_max", "must be more than 0");
    refuse(header_time_max.count() <= 0, "/header_time_max", "must be more than 0");
    refuse(request_time_max.count() <= 0, "/request_time_max", "must be more than 0");
    refuse(idle_time_max.count() <= 0, "/idle_time_max", "must be more than 0");
    if (!violations.empty()) return invalid(std::move(violations));
    return {};
}

std::unique_ptr<Server> make_server(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler,
                                    bool access_log, std::shared_ptr<std::atomic<std::size_t>> connections) {
    if (connections == nullptr) connections = std::make_shared<std::atomic<std::size_t>>(0);
    return std::make_unique<LoopServer>(loop, limits, telemetry, std::move(handler), access_log, std::move(connections));
}

}  // namespace tw::http
