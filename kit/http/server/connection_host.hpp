#pragma once

#include "kit/base/random.hpp"
#include "kit/http/server.hpp"
#include "kit/http/server/client_attributes.hpp"
#include "kit/http/server/response_head.hpp"
#include "kit/http/server/server_metrics.hpp"
#include "kit/net/stream.hpp"

#include <memory>
#include <string>

namespace tw::http {

/// The objects that the connections of one server share.
struct ConnectionHost {
    EventLoop& loop;
    ServerLimits limits;
    telemetry::Telemetry telemetry;
    Handler handler;
    bool access_log;
    DateCache dates;
    HostRule hosts{};
    RefusalHook on_refusal{};
    StreamTaker* streams = nullptr;
    net::ConnectionCount answer_streams{};
    EdgeOptions edge{};
    ServerMetrics metrics{telemetry.meter};
    Random random{};
};

/// One client's connection, with any HTTP version.
class ServedConnection {
 public:
    virtual ~ServedConnection() = default;
    /// Serves the connection. Returns when the stream has been closed and nothing of the connection
    /// is running any more.
    virtual Task<void> run() = 0;
    /// Ends the connection after the requests in work have been answered, or at once if there are
    /// none.
    virtual void drain() = 0;
    /// Ends the connection now. Requests in work are cancelled.
    virtual void cut() = 0;
};

/// Who sent a request. Behind a trusted proxy the requests of one connection have many clients.
struct RequestClient {
    std::shared_ptr<const CallAttributes> attributes;
    /// Whether the client uses TLS.
    bool secure = false;
};

/// The data that the requests of one connection share.
struct ClientOrigin {
    ClientOrigin(const net::Stream& stream, const TrustedProxies& proxies);

    /// Checks that the port answers for the request's host. A client sends the same host in all its
    /// requests, so the rule is checked once.
    Result<void> check_host(const HostRule& rule, const Request& request);

    /// Returns the client of a request. The reference is valid until the next call.
    const RequestClient& client_of(const TrustedProxies& proxies, const Request& request);

    /// The other end of the connection.
    RequestClient peer;
    ClientAttributes span_attributes;
    /// The host of the last request that was accepted.
    std::string known_host;

 private:
    bool behind_proxy_;
    /// The client of the last request that a trusted proxy sent.
    RequestClient proxied_;
};

}  // namespace tw::http
