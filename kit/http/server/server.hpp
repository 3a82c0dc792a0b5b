#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/message.hpp"
#include "kit/http/server/host_rule.hpp"
#include "kit/http/server/stream_taker.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/stream.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace tw::http {

/// What a server grants its clients. Zero is refused by validate(), but where it is said what it means.
struct ServerLimits {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t uri_bytes_max = 8 * 1024;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t connections_max = 10'000;                ///< of all loops together; the next one gets 503 and is closed
    std::size_t connections_per_address_max = 5'000;     ///< likewise of one client (net::ConnectionCount); 0: no limit
    std::size_t streams_max = 100;                       ///< requests at once on one connection (HTTP/2)
    std::size_t resets_max = 100;                        ///< requests that a client gives up within 10 s (HTTP/2)
    std::chrono::milliseconds header_time_max{5'000};    ///< from the first byte of a request to the end of its header
    std::chrono::milliseconds request_time_max{15'000};  ///< the deadline of a request, from its first byte
    std::chrono::milliseconds idle_time_max{75'000};     ///< between requests of a connection
    /// How long a client of HTTP/2 may be silent before it is asked whether it is still there, which it has 20 s to answer; 0:
    /// never. More than the times above, which end silence in any case: of use to those who allow for longer ones.
    std::chrono::milliseconds keepalive_time{120'000};
    /// Streams that were taken over (ServerHooks::streams) last longer than requests. A connection of HTTP/2 that has had one for
    /// longer than this takes no new requests (GOAWAY); what it has may go on for the grace, then it is cut.
    std::chrono::milliseconds connection_age_max{1'800'000};
    std::chrono::milliseconds connection_grace{60'000};
    /// Of W3C baggage that requests bring and handlers pass on. None by default, since at the edge nobody vouches for it; more
    /// than telemetry::Baggage::kBytesMax are never taken.
    std::size_t baggage_bytes_max = 0;

    Result<void> validate() const;
};

/// Answers one request. May be called concurrently for different connections of the loop; exceptions are bugs and answered 500.
using Handler = std::function<Task<Response>(const CallContext& ctx, const Request& request)>;

/// Adds to the answer of a request that was refused before any handler had it, such as fields that let a page of another origin
/// read it. Of the request as much is there as is known: where its header could not be read, no more than method, Origin and
/// Content-Type.
using RefusalHook = std::function<void(const Request& request, const Error& why, Response& response)>;

/// What a server does beside calling the handler.
struct ServerHooks {
    HostRule hosts;
    RefusalHook on_refusal;
    /// Null: no stream is taken over.
    StreamTaker* streams = nullptr;
};

/// HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113) on one loop: keep-alive, pipelining, strict framing. A client says which one it
/// speaks by TLS's ALPN or by HTTP/2's preface. Starts the server span from `traceparent`, gives the request its deadline,
/// cancels it when the client goes away, and writes one access log event.
class Server {
 public:
    virtual ~Server() = default;

    /// Takes a connection over. On the loop's thread.
    virtual void serve(net::Socket socket) = 0;
    /// Likewise a stream, such as one after its TLS handshake.
    virtual void serve_stream(std::unique_ptr<net::Stream> stream) = 0;

    /// Idle connections are closed, busy ones answer with `Connection: close`, those of HTTP/2 get GOAWAY; returns when all are
    /// gone, or at the deadline, when the rest are cut.
    virtual Task<void> drain(Deadline deadline) = 0;
};

/// `access_log` off: no event per request (the operations port). `limits` valid; `loop`, `telemetry` outlive the server.
/// `connections` is what the servers of all loops of a port count their connections in; by default this one counts alone.
/// Drain it before it goes.
std::unique_ptr<Server> make_server(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler,
                                    bool access_log = true, net::ConnectionCount connections = {}, ServerHooks hooks = {});

}  // namespace tw::http
