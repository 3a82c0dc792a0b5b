#pragma once

#include "kit/http/server/client_attributes.hpp"
#include "kit/http/server/response_head.hpp"
#include "kit/http/server/server.hpp"
#include "kit/http/server/server_metrics.hpp"
#include "kit/net/stream.hpp"

#include <memory>
#include <string>

namespace tw::http {

/// What the connections of one server share.
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
};

/// One client's connection, whatever HTTP it speaks.
class ServedConnection {
 public:
    virtual ~ServedConnection() = default;
    /// Returns when the stream has been closed and nothing of the connection is running any more.
    virtual Task<void> run() = 0;
    /// Ends after the answers that are being worked on; at once when there are none.
    virtual void drain() = 0;
    /// Ends now; whoever waits for an answer is cancelled.
    virtual void cut() = 0;
};

/// What the requests of one connection have alike.
struct ClientOrigin {
    explicit ClientOrigin(const net::Stream& stream);

    /// Whether the port answers for the request's host. A client names the same one in all its requests, so the rule is asked
    /// once.
    Result<void> check_host(const HostRule& rule, const Request& request);

    std::shared_ptr<const CallAttributes> attributes;
    ClientAttributes span_attributes;
    bool secure;
    /// The host of the last request that the port answers for.
    std::string known_host;
};

}  // namespace tw::http
