#include "kit/http/server.hpp"

#include "kit/http/server/connection.hpp"
#include "kit/http/server/first_bytes.hpp"
#include "kit/http/server/http2_connection.hpp"

#include <list>

namespace tw::http {
namespace {

/// How many refused connections may be answered at once. They do not count as connections, but must
/// be bounded too.
constexpr std::size_t kRefusalsMax = 256;

class LoopServer final : public Server {
 public:
    LoopServer(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler, bool access_log,
               net::ConnectionCount connections, ServerHooks hooks)
        : host_{loop,
                limits,
                telemetry,
                std::move(handler),
                access_log,
                {},
                std::move(hooks.hosts),
                std::move(hooks.on_refusal),
                hooks.streams,
                std::move(hooks.answer_streams),
                std::move(hooks.edge)},
          count_{std::move(connections)} {}

    void serve(net::Socket socket) override { serve_stream(net::make_tcp_stream(host_.loop, std::move(socket))); }

    void serve_stream(std::unique_ptr<net::Stream> stream) override {
        if (gate_.closed()) return;
        spawn(gate_, hold(std::move(stream)));
    }

    Task<void> drain(Deadline deadline) override {
        if (gate_.closed()) co_return;
        tell_all(&ServedConnection::drain);
        Timer late{host_.loop.timers(), [this] { tell_all(&ServedConnection::cut); }};
        if (!deadline.is_never()) late.arm(deadline.when());
        co_await close_and_wait(gate_);
    }

 private:
    /// The entry of a connection in the list for drain, while it is served.
    class Place {
     public:
        Place(std::list<ServedConnection*>& all, ServedConnection& connection)
            : all_{all}, place_{all.insert(all.end(), &connection)} {}
        ~Place() { all_.erase(place_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

     private:
        std::list<ServedConnection*>& all_;
        std::list<ServedConnection*>::iterator place_;
    };

    Task<void> hold(std::unique_ptr<net::Stream> stream) {
        const auto& limits = host_.limits;
        // The connections of a trusted proxy are those of many clients.
        const bool of_one_client = !host_.edge.proxies.trusts(stream->peer().host);
        const auto place =
            count_.admit(stream->peer(), {limits.connections_max, of_one_client ? limits.connections_per_address_max : 0});
        if (place) {
            co_await admit(std::move(stream));
        } else if (refusals_ < kRefusalsMax) {
            ++refusals_;
            co_await refuse(std::move(stream), place.error());
            --refusals_;
        }
    }

    Task<void> admit(std::unique_ptr<net::Stream> stream) {
        bool http2 = speaks_http2(*stream);
        FirstBytes first_bytes;
        bool draining = false;
        if (!http2) {
            FirstBytesReader reader{host_, *stream};
            const Place place{connections_, reader};
            co_await reader.run();
            http2 = reader.http2();
            draining = reader.draining();
            first_bytes = reader.take();
            if (first_bytes.bytes.empty()) co_return stream->close();
        }
        if (http2) {
            co_await serve_http2(std::move(stream), std::move(first_bytes.bytes), draining);
        } else {
            co_await serve_http1(std::move(stream), std::move(first_bytes), draining);
        }
    }

    // HTTP/1.1 and HTTP/2 have separate coroutines: one for both would need memory for both, and
    // there may be thousands of connections.
    Task<void> serve_http2(std::unique_ptr<net::Stream> stream, std::string first_bytes, bool draining) {
        Http2Connection connection{host_, std::move(stream), std::move(first_bytes)};
        co_await serve(connection, draining);
    }
    Task<void> serve_http1(std::unique_ptr<net::Stream> stream, FirstBytes first_bytes, bool draining) {
        Connection connection{host_, std::move(stream), std::move(first_bytes)};
        co_await serve(connection, draining);
    }

    Task<void> serve(ServedConnection& connection, bool draining) {
        const Place place{connections_, connection};
        if (draining) connection.drain();
        co_await connection.run();
    }

    /// Refuses a connection. A client that has not sent anything yet is answered in HTTP/1.1, which
    /// all clients understand well enough to go away.
    Task<void> refuse(std::unique_ptr<net::Stream> stream, Error why) {
        if (speaks_http2(*stream)) {
            Http2Connection connection{host_, std::move(stream)};
            const Place place{connections_, connection};
            co_await connection.refuse();
        } else {
            Connection connection{host_, std::move(stream)};
            const Place place{connections_, connection};
            co_await connection.refuse(std::move(why));
        }
    }

    /// Whether TLS has negotiated HTTP/2.
    static bool speaks_http2(const net::Stream& stream) { return stream.tls() != nullptr && stream.tls()->alpn == "h2"; }

    void tell_all(void (ServedConnection::*what)()) {
        // A connection may end, and leave the list, during the call.
        const std::vector<ServedConnection*> all{connections_.begin(), connections_.end()};
        for (auto* const connection : all) (connection->*what)();
    }

    ConnectionHost host_;
    net::ConnectionCount count_;
    std::list<ServedConnection*> connections_;
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
    constexpr std::size_t kCountMost = 1'000'000;
    refuse(header_bytes_max == 0 || header_bytes_max > kHeaderBytesMost, "/header_bytes_max", "must be from 1 to 1048576");
    refuse(uri_bytes_max == 0 || uri_bytes_max > header_bytes_max, "/uri_bytes_max", "must be from 1 to header_bytes_max");
    refuse(path_bytes_max == 0, "/path_bytes_max", "must be more than 0");
    refuse(path_segments_max == 0, "/path_segments_max", "must be more than 0");
    refuse(query_bytes_max == 0, "/query_bytes_max", "must be more than 0");
    refuse(query_parameters_max == 0, "/query_parameters_max", "must be more than 0");
    refuse(body_bytes_max == 0, "/body_bytes_max", "must be more than 0");
    refuse(connections_max == 0, "/connections_max", "must be more than 0");
    refuse(streams_max == 0 || streams_max > kCountMost, "/streams_max", "must be from 1 to 1000000");
    refuse(resets_max == 0 || resets_max > kCountMost, "/resets_max", "must be from 1 to 1000000");
    refuse(header_time_max.count() <= 0, "/header_time_max", "must be more than 0");
    refuse(request_time_max.count() <= 0, "/request_time_max", "must be more than 0");
    refuse(idle_time_max.count() <= 0, "/idle_time_max", "must be more than 0");
    refuse(keepalive_time.count() < 0, "/keepalive_time", "must be at least 0");
    refuse(connection_age_max.count() <= 0, "/connection_age_max", "must be more than 0");
    refuse(connection_grace.count() <= 0, "/connection_grace", "must be more than 0");
    refuse(answer_streams_max == 0, "/answer_streams_max", "must be more than 0");
    refuse(stream_stall_time_max.count() <= 0, "/stream_stall_time_max", "must be more than 0");
    if (!violations.empty()) return invalid(std::move(violations));
    return {};
}

std::unique_ptr<Server> make_server(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler,
                                    bool access_log, net::ConnectionCount connections, ServerHooks hooks) {
    return std::make_unique<LoopServer>(loop, limits, telemetry, std::move(handler), access_log, std::move(connections),
                                        std::move(hooks));
}

}  // namespace tw::http
