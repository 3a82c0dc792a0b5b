#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/edge_options.hpp"
#include "kit/http/message.hpp"
#include "kit/http/server/host_rule.hpp"
#include "kit/http/stream_taker.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/stream.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace tw::http {

/// The limits of a server for its clients. validate() refuses zero unless the comment says what it
/// means.
struct ServerLimits {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t uri_bytes_max = 8 * 1024;
    std::size_t path_bytes_max = 2 * 1024;
    std::size_t path_segments_max = 32;
    std::size_t query_bytes_max = 8 * 1024;
    std::size_t query_parameters_max = 100;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t connections_max = 10'000;                ///< of all loops together; the next one gets 503 and is closed
    std::size_t connections_per_address_max = 5'000;     ///< the same for one client (net::ConnectionCount); 0: no limit
    std::size_t streams_max = 100;                       ///< requests at once on one connection (HTTP/2)
    std::size_t resets_max = 100;                        ///< requests that a client gives up within 10 s (HTTP/2)
    std::chrono::milliseconds header_time_max{5'000};    ///< from the first byte of a request to the end of its header
    std::chrono::milliseconds request_time_max{15'000};  ///< the deadline of a request, from its first byte
    std::chrono::milliseconds idle_time_max{75'000};     ///< between requests of a connection
    /// How long a client of HTTP/2 may be silent before a PING checks whether it is still there. It
    /// then has 20 s to answer. 0 means never. The default is longer than the times above, which
    /// end silent connections anyway. It matters to those who set longer times.
    std::chrono::milliseconds keepalive_time{120'000};
    /// The age of a connection of HTTP/2 with taken streams (ServerHooks::streams), which last
    /// longer than requests. After this time the connection takes no new requests (GOAWAY). Its
    /// streams may continue for the grace, and are then cut.
    std::chrono::milliseconds connection_age_max{1'800'000};
    std::chrono::milliseconds connection_grace{60'000};
    std::size_t answer_streams_max = 1'000;  ///< streamed answers at once, of all loops together; the next one gets 503
    /// How many of these one client may have (net::ConnectionCount); 0: no limit.
    std::size_t answer_streams_per_address_max = 500;
    /// How long the client of a streamed answer may take none of it. Then the stream is cut off.
    std::chrono::milliseconds stream_stall_time_max{30'000};
    /// How many bytes of W3C baggage are accepted from requests and passed on by handlers. The
    /// default is none, since clients at the edge are not trusted. More than
    /// telemetry::Baggage::kBytesMax are never accepted.
    std::size_t baggage_bytes_max = 0;

    Result<void> validate() const;
};

/// Answers one request. It may be called concurrently for different connections of the loop. An
/// exception is a bug and is answered with 500. A handler whose answer is a stream
/// (Response::stream) returns without waiting for it.
using Handler = std::function<Task<Response>(const CallContext& ctx, const Request& request)>;

/// Changes the answer to a request that was refused before a handler got it. For example, it adds
/// fields that let a page of another origin read the answer. `request` has as much as is known: if
/// its header could not be read, only method, Origin and Content-Type.
using RefusalHook = std::function<void(const Request& request, const Error& why, Response& response)>;

/// Functions of a server beside calling the handler.
struct ServerHooks {
    HostRule hosts;
    RefusalHook on_refusal;
    /// Takes over streams; null if no stream is taken over.
    StreamTaker* streams = nullptr;
    /// The count of streamed answers, which the servers of all loops of a port share. By default
    /// this server has its own.
    net::ConnectionCount answer_streams{};
    EdgeOptions edge{};
};

/// HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113) on one loop: keep-alive, pipelining, strict framing. A
/// client chooses the version by TLS's ALPN or by HTTP/2's preface. The server starts the server
/// span from `traceparent`, sets the request's deadline, cancels the request when the client goes
/// away, and writes one access log event. The span of a streamed answer lasts as long as the
/// stream.
class Server {
 public:
    virtual ~Server() = default;

    /// Takes a connection over. Call it on the loop's thread.
    virtual void serve(net::Socket socket) = 0;
    /// Takes a stream over, such as one after its TLS handshake. Call it on the loop's thread.
    virtual void serve_stream(std::unique_ptr<net::Stream> stream) = 0;

    /// Closes idle connections. Busy ones answer with `Connection: close`, and those of HTTP/2 get
    /// GOAWAY. Streamed answers end at once, without an error, so that their clients go elsewhere.
    /// Returns when all connections are gone, or at the deadline, when the rest are cut.
    virtual Task<void> drain(Deadline deadline) = 0;
};

/// Makes a server. With `access_log` off there is no event for each request (the operations port).
/// `limits` must be valid. `loop` and `telemetry` must outlive the server. `connections` is the
/// count that the servers of all loops of a port share; by default this server has its own. Drain
/// the server before it is destroyed.
std::unique_ptr<Server> make_server(EventLoop& loop, const ServerLimits& limits, telemetry::Telemetry telemetry, Handler handler,
                                    bool access_log = true, net::ConnectionCount connections = {}, ServerHooks hooks = {});

}  // namespace tw::http
