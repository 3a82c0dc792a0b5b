#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/http/client_url.hpp"
#include "kit/http/message.hpp"
#include "kit/net/connector.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace tw::http {

/// A request of a client. The client itself writes Host, content-length and the content type.
struct ClientRequest {
    std::string method = "GET";
    /// Path and query, encoded: "/v1/traces?x=1".
    std::string target = "/";
    Headers headers;
    /// The content type. No field is sent if it is empty.
    std::string content_type;
    std::string body;
};

struct ClientResponse {
    int status = 0;
    /// The header fields. Trailers are dropped. A body that the client has decompressed has no
    /// content-encoding any more.
    Headers headers;
    std::string body;
    /// The HTTP version of the answer.
    Version version = Version::http_1_1;
};

struct ClientOptions {
    /// How many bytes the head of one answer may have. The same limit bounds the bytes beside the
    /// body: trailers, and a line between two chunks.
    std::size_t header_bytes_max = 16 * 1024;
    /// How many bytes the body of one answer may have, after decompression.
    std::size_t body_bytes_max = 4 * 1024 * 1024;
    std::chrono::milliseconds connect_time_max{5'000};

    /// How many connections there may be at once, whether in use, idle or being made; at least 1.
    /// Connections that the server is closing and that only finish their requests are not counted.
    std::size_t connections_max = 16;
    /// How many connections of HTTP/1.1 are kept open for later requests; 0 keeps none.
    std::size_t idle_connections_max = 4;
    /// How long a connection may be idle. It should be shorter than the server's own limit, so that
    /// the server rarely closes first.
    std::chrono::milliseconds idle_time_max{50'000};
    /// The age at which a connection takes no further requests, so that clients reach new replicas.
    std::chrono::milliseconds connection_age_max{1'800'000};
    /// How many requests may wait for a connection, including one that is being made. The next one
    /// is refused. At least 1.
    std::size_t waiting_max = 1'024;
    /// How many requests one connection of HTTP/2 may carry at once, if the server does not allow
    /// less; at least 1.
    std::size_t streams_max = 100;

    /// How long an HTTP/2 server that has requests may be silent before a PING checks whether it is
    /// still there; 0 means never. Without the check, every request to a server that is gone would
    /// wait until the system notices, a quarter of an hour later.
    std::chrono::milliseconds keepalive_time{20'000};
    /// How long the answer to the PING may take before the connection is given up.
    std::chrono::milliseconds keepalive_timeout{10'000};

    /// How long an answer that is received part by part (ClientStream) may be silent; 0 means for
    /// ever. The time of a whole answer is bounded by its call.
    std::chrono::milliseconds silence_time_max{60'000};

    /// Whether HTTP/2 is used from the first byte on (RFC 9113 §3.3). Otherwise HTTP/2 is used if
    /// TLS negotiates it (ALPN "h2").
    bool http2_prior_knowledge = false;
    /// Whether to ask for gzip and decompress the answer. Otherwise the answer is requested without
    /// a coding, and returned unchanged.
    bool accept_gzip = false;
    /// The TLS context for https. If it is null, Client::make makes one that trusts the system's
    /// CAs and offers both HTTP versions.
    std::shared_ptr<net::TlsContext> tls{};

    /// Fails with INVALID_ARGUMENT, naming the field, if a value is out of its bounds.
    Result<void> validate() const;
};

class ClientPool;
class ClientTelemetry;
struct ClientMessage;

/// An HTTP client to one address. It speaks HTTP/1.1 (RFC 9112) or HTTP/2 (RFC 9113), as the server
/// does, over a bounded pool of connections. Concurrent requests share one connection of HTTP/2, as
/// far as the server allows. With HTTP/1.1 each request has a connection for itself. If these are
/// not enough, more connections are made, up to the bound. Further requests wait and are served in
/// order.
///
/// An idle connection that its server closes is noticed and dropped, and so is one that has been
/// idle or open for too long.
///
/// A Client belongs to one loop and is used on the loop's thread. It must outlive its sends.
/// Connections that it leaves behind close in later turns of the loop, which must outlive them.
///
/// With telemetry each request is a CLIENT span, is counted in http.client.request.duration, and
/// carries the context by the propagators, whose fields replace those of the caller. Without
/// telemetry, which is for requests that send telemetry, none of this happens.
class Client {
 public:
    using Connector = net::Connector;

    /// Makes a client that connects by TCP to the URL's address, or by TLS for https. With https
    /// the server must present a certificate for the URL's host. The URL's target is not used.
    /// Fails with TLS_FILES if the system's CAs cannot be read, and with INVALID_ARGUMENT like
    /// validate().
    static Result<std::unique_ptr<Client>> make(EventLoop& loop, const Url& url, const ClientOptions& options = {},
                                                const std::optional<telemetry::Telemetry>& telemetry = {});
    /// `authority` is the value of the Host field. `options` are valid, and have a TLS context if
    /// `connector` uses TLS.
    Client(EventLoop& loop, std::string authority, const ClientOptions& options, Connector connector,
           const std::optional<telemetry::Telemetry>& telemetry = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Sends the request and waits for the whole answer, whatever its status. Redirects are not
    /// followed.
    ///
    /// Cancellation: when `ctx` is over, the wait for a connection or an answer ends at once with
    /// the context's own error. HTTP/2 resets the stream (CANCEL), and a connection of HTTP/1.1 is
    /// closed. The server may have handled the request.
    ///
    /// A request is sent once more in two cases. The server has certainly not handled it:
    /// REFUSED_STREAM, beyond the last stream of a GOAWAY, or nothing of it had been sent. Or a
    /// kept connection ended before anything came back and repeating is harmless: a method that is
    /// idempotent (RFC 9110 §9.2.2), or an Idempotency-Key.
    ///
    /// The errors, beside the context's own, are:
    /// - UNAVAILABLE, naming the address: the server cannot be reached, goes away or resets the
    ///   request. The cause says why.
    /// - RESOURCE_EXHAUSTED: RESPONSE_TOO_LARGE, if the answer exceeds the limits; a retry does not
    ///   help. TOO_MANY_WAITING, if too many requests wait for a connection.
    /// - INTERNAL, MALFORMED_RESPONSE: the answer is not valid HTTP. The cause says what is wrong.
    ///   The connection is closed.
    /// - INVALID_ARGUMENT, INVALID_REQUEST: the request cannot be written, or has fields that only
    ///   the client writes.
    Task<Result<ClientResponse>> send(const CallContext& ctx, ClientRequest request);

    const std::string& authority() const { return authority_; }

 private:
    Task<Result<ClientResponse>> deliver(const CallContext& ctx, const ClientMessage& message);

    std::string authority_;
    ClientOptions options_;
    /// The client's telemetry; null without telemetry.
    std::unique_ptr<ClientTelemetry> telemetry_;
    std::unique_ptr<ClientPool> pool_;
};

}  // namespace tw::http
