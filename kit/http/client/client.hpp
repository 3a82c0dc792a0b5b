#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/http/client/client_url.hpp"
#include "kit/http/message.hpp"
#include "kit/net/connector.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace tw::http {

/// What a client asks. Host, content-length and the content type are written by the client.
struct ClientRequest {
    std::string method = "GET";
    /// Path and query, encoded: "/v1/traces?x=1".
    std::string target = "/";
    Headers headers;
    /// Left out when empty.
    std::string content_type;
    std::string body;
};

struct ClientResponse {
    int status = 0;
    /// Without trailers, which are dropped. A body that the client has unpacked has no content-encoding any more.
    Headers headers;
    std::string body;
    /// What the answer came by.
    Version version = Version::http_1_1;
};

struct ClientOptions {
    /// Of the head of one answer, and of what else surrounds its body: trailers, a line between two chunks.
    std::size_t header_bytes_max = 16 * 1024;
    /// Of one answer, counted after unpacking.
    std::size_t body_bytes_max = 4 * 1024 * 1024;
    std::chrono::milliseconds connect_time_max{5'000};

    /// Connections at once, whether in use, idle or being made; at least 1. Those that a server has told to leave and that only
    /// finish what they have are not counted.
    std::size_t connections_max = 16;
    /// Connections of HTTP/1.1 that are kept open for the next request; 0 keeps none.
    std::size_t idle_connections_max = 4;
    /// How long a connection may lie idle. Shorter than the server's own limit, so that it is seldom the server who closes.
    std::chrono::milliseconds idle_time_max{50'000};
    /// The age from which on a connection takes no further request, so that clients come to new replicas.
    std::chrono::milliseconds connection_age_max{1'800'000};
    /// Requests that wait for a connection, also for one that is being made; the next one is refused. At least 1.
    std::size_t waiting_max = 1'024;
    /// Requests at once on one connection of HTTP/2, where the server does not allow less; at least 1.
    std::size_t streams_max = 100;

    /// How long a server of HTTP/2 that has requests may be silent before it is asked whether it is still there (PING); 0: never.
    /// One that has gone without a word would else take every request with it until the system notices, a quarter of an hour
    /// later.
    std::chrono::milliseconds keepalive_time{20'000};
    /// How long that may then take before the connection is given up.
    std::chrono::milliseconds keepalive_timeout{10'000};

    /// HTTP/2 from the first byte on (RFC 9113 §3.3), without asking. Else HTTP/2 is spoken where TLS settles on it (ALPN "h2").
    bool http2_prior_knowledge = false;
    /// Asks for gzip and unpacks it. Else the answer is asked for as it is, and handed over as it came.
    bool accept_gzip = false;
    /// For https; null: Client::make makes one that trusts whom the system trusts and offers both HTTPs.
    std::shared_ptr<net::TlsContext> tls{};

    /// INVALID_ARGUMENT, naming the field, for what is out of its bounds.
    Result<void> validate() const;
};

class ClientPool;
class ClientTelemetry;
struct ClientMessage;

/// An HTTP client to one address: HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113), whichever the server speaks, over a bounded pool of
/// connections. Requests at once share one connection of HTTP/2, as far as the server allows; with HTTP/1.1 each has one for
/// itself. Beyond that more connections are made, up to the bound, and then requests wait and are served in order.
///
/// A connection that its server closes while idle is noticed and forgotten, as is one that lies idle or lives for too long.
///
/// Belongs to one loop: everything happens on its thread. Outlives its sends; connections that it leaves behind close in later
/// turns of the loop, which outlives them.
///
/// With telemetry each request is a CLIENT span and is counted in http.client.request.duration, and carries the context on by
/// the propagators, whose fields replace those that a caller set. Without, which is for what telemetry itself sends, it is none
/// of these.
class Client {
 public:
    using Connector = net::Connector;

    /// TCP to the URL's address, or TLS for https, where the server shows a certificate for the URL's host; the URL's target is
    /// the caller's business. TLS_FILES where the system's authorities cannot be read; INVALID_ARGUMENT as validate().
    static Result<std::unique_ptr<Client>> make(EventLoop& loop, const Url& url, const ClientOptions& options = {},
                                                const std::optional<telemetry::Telemetry>& telemetry = {});
    /// `authority` is what the Host field says; `options` are valid, and have a TLS context where `connector` speaks TLS.
    Client(EventLoop& loop, std::string authority, const ClientOptions& options, Connector connector,
           const std::optional<telemetry::Telemetry>& telemetry = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Sends the request and waits for the whole answer, whatever its status; redirects are not followed.
    ///
    /// Cancellation: when `ctx` is over, the wait ends at once with the context's own error, whether for a connection or for an
    /// answer. HTTP/2 resets the stream (CANCEL); a connection of HTTP/1.1 is closed. The server may have done its work.
    ///
    /// A request is sent once more when the server has certainly not looked at it (REFUSED_STREAM, beyond the last stream of a
    /// GOAWAY, or nothing of it had been sent), or when a kept connection ended before anything came back and repeating does no
    /// harm: a method that is idempotent (RFC 9110 §9.2.2), or an Idempotency-Key.
    ///
    /// Errors, beside the context's own:
    /// - UNAVAILABLE, naming the address: the server is not reached, goes away or resets the request; why is in the cause.
    /// - RESOURCE_EXHAUSTED: RESPONSE_TOO_LARGE, beyond the limits on head and body, not worth repeating;
    ///   TOO_MANY_WAITING, more requests wait for a connection than may.
    /// - INTERNAL, MALFORMED_RESPONSE: what came is no sound HTTP; the cause says what is wrong. The connection is closed.
    /// - INVALID_ARGUMENT, INVALID_REQUEST: a request that cannot be written, or has fields that the client alone writes.
    Task<Result<ClientResponse>> send(const CallContext& ctx, ClientRequest request);

    const std::string& authority() const { return authority_; }

 private:
    Task<Result<ClientResponse>> deliver(const CallContext& ctx, const ClientMessage& message);

    std::string authority_;
    ClientOptions options_;
    /// Null without telemetry.
    std::unique_ptr<ClientTelemetry> telemetry_;
    std::unique_ptr<ClientPool> pool_;
};

}  // namespace tw::http
