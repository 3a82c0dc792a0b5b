#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/http/client_url.hpp"
#include "kit/http/message.hpp"
#include "kit/net/connector.hpp"
#include "kit/net/stream.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    Headers headers;
    std::string body;
    /// Otherwise the server spoke HTTP/1.0.
    bool http_1_1 = true;
};

class ClientTelemetry;

struct ClientOptions {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t body_bytes_max = 4 * 1024 * 1024;
    std::chrono::milliseconds connect_time_max{5'000};
    /// Connections kept open for the next request; more than that many requests at once make more and close them.
    std::size_t idle_connections_max = 4;
    /// For https; null: one that trusts whom the system trusts.
    std::shared_ptr<net::TlsContext> tls{};
};

/// An HTTP/1.1 client to one address, on one loop. Requests made at the same time go over connections of their own;
/// a connection is kept for the next request where the server allows. Outlives its sends.
///
/// With telemetry each request is a CLIENT span and is counted in http.client.request.duration, and carries the context on by
/// the propagators, whose fields replace those that a caller set. Without, which is for what telemetry itself sends, it is none
/// of these.
class Client {
 public:
    using Connector = net::Connector;

    /// TCP to the URL's address, or TLS for https, where the server shows a certificate for the URL's host; the URL's target is
    /// the caller's business. TLS_FILES where the system's authorities cannot be read.
    static Result<std::unique_ptr<Client>> make(EventLoop& loop, const Url& url, const ClientOptions& options = {},
                                                const std::optional<telemetry::Telemetry>& telemetry = {});
    /// `authority` is what the Host field says.
    Client(std::string authority, const ClientOptions& options, Connector connector,
           const std::optional<telemetry::Telemetry>& telemetry = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Sends the request and waits for the whole answer, whatever its status; redirects are not followed.
    ///
    /// A request on a kept connection that ended before anything came back is sent once more, on a new one: the server had
    /// closed it meanwhile. Errors: the context's own when it is over first; UNAVAILABLE, naming the address, when the server is
    /// not reached or goes away; RESOURCE_EXHAUSTED (RESPONSE_TOO_LARGE) and INTERNAL (MALFORMED_RESPONSE) for such answers;
    /// INVALID_ARGUMENT for a request that cannot be written.
    Task<Result<ClientResponse>> send(const CallContext& ctx, ClientRequest request);

    const std::string& authority() const { return authority_; }

 private:
    Task<Result<ClientResponse>> deliver(const CallContext& ctx, std::string_view wire, bool head_request);

    std::string authority_;
    ClientOptions options_;
    Connector connector_;
    /// Null without telemetry.
    std::unique_ptr<ClientTelemetry> telemetry_;
    /// The one used last stands at the end and is used first.
    std::vector<std::unique_ptr<net::Stream>> idle_;
};

}  // namespace tw::http
