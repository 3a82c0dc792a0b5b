#pragma once

#include "kit/http/stream_taker.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/rpc/body_call.hpp"
#include "kit/rpc/port_services.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/rpc/stream_server.hpp"
#include "kit/runtime/module.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// The services that tools and load balancers expect of a gRPC port, on the HTTP port:
/// grpc.health.v1.Health, and reflection of the services that have routes, in both versions.
/// Belongs to one loop.
///
/// The streams of gRPC over HTTP/2 are taken over, since clients of reflection send and receive in
/// turns, and Watch continues until the client leaves or the loop drains. Other calls are served by
/// rpc::serve_body: a call of reflection brings all its requests and gets one answer for each, and
/// Watch, which never ends, is UNIMPLEMENTED.
class StandardServices final : public http::StreamTaker, public runtime::DrainListener {
 public:
    struct Options {
        /// The limits of calls whose streams are taken over. Messages have the lower limit of
        /// kBodyLimits.
        rpc::ServerLimits limits;
        /// How many streaming calls may be open, on all loops that share `streams`, in total and
        /// for each client.
        net::ConnectionLimits streams_max{.connections_max = 1000, .connections_per_address_max = 500};
        net::ConnectionCount streams;
        /// Who may call these services. They outlive the object.
        std::span<rpc::Policy* const> policies;
    };

    /// `services` have static storage. `ready` says whether the port can do its work. It is called
    /// often and must not block.
    StandardServices(EventLoop& loop, telemetry::Telemetry telemetry, const std::vector<std::string_view>& services,
                     std::function<bool()> ready, Options options);

    /// The limits of calls by rpc::serve_body. Questions of health and reflection are a few names,
    /// and an answer of reflection is as long as a contract.
    static constexpr rpc::BodyCallLimits kBodyLimits{.message_bytes_max = 64 * 1024, .responses_bytes_max = 4 * 1024 * 1024};

    /// Returns the method at `path` for rpc::serve_body; null if these services have no such
    /// method, and for Watch.
    const rpc::ServiceTable::Entry* find(std::string_view path) const;

    // http::StreamTaker
    /// Takes the gRPC calls of these services, also of methods that they do not have. Calls of a
    /// browser's page are not taken, since their answers need the fields of CORS.
    bool wants(const http::Request& head) const override;
    net::H2Stream& take(const http::StreamOrigin& origin) override;
    // runtime::DrainListener
    void on_drain() override { services_.shut_down(); }
    std::size_t running() const override { return table_.running(); }

 private:
    rpc::ServiceTable table_;
    rpc::PortServices services_;
    rpc::StreamServer streams_;
};

}  // namespace tw::gateway
