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

/// The data that the requests of one connection share.
struct ClientOrigin {
    explicit ClientOrigin(const net::Stream& stream);

    /// Checks that the port answers for the request's host. A client sends the same host in all its
    /// requests, so the rule is checked once.
    Result<void> check_host(const HostRule& rule, const Request& request);

    std::shared_ptr<const CallAttributes> attributes;
    ClientAttributes span_attributes;
    bool secure;
    /// The host of the last request that was accepted.
    std::string known_host;
};

}  // namespace tw::http
