#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/http/stream_taker.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/port_services.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/rpc/stream_server.hpp"
#include "kit/runtime/module.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// What tools and load balancers ask a gRPC port for, on the HTTP port: grpc.health.v1.Health, and reflection of the services
/// that have routes, in both versions. Belongs to one loop.
///
/// gRPC over HTTP/2 has its streams taken over: clients ask and read in turn, and Watch goes on until they leave or the loop
/// drains. By HTTP/1.1 and gRPC-Web, bodies are whole: a call of reflection brings its requests and gets one answer for each, and
/// Watch, which never ends, is UNIMPLEMENTED.
class StandardServices final : public http::StreamTaker, public runtime::DrainListener {
 public:
    struct Options {
        /// Of the calls whose streams are taken over. Messages are bounded to less: questions of health and reflection are a few
        /// names.
        rpc::ServerLimits limits;
        /// Streaming calls at once, of all loops whose `streams` are the same count; and those of one client.
        net::ConnectionLimits streams_max{.connections_max = 1000, .connections_per_address_max = 500};
        net::ConnectionCount streams;
    };

    /// `services` have static storage. `ready`: whether the port can do its work; asked often, must not block.
    StandardServices(EventLoop& loop, telemetry::Telemetry telemetry, const std::vector<std::string_view>& services,
                     std::function<bool()> ready, Options options);

    /// The method at `path` that answers whole bodies; null where it is none of these services'.
    const rpc::Method* find(std::string_view path) const;
    /// The answers' frames to a call whose body is `frames`, packed by `encoding`.
    Task<Result<std::string>> call(const CallContext& ctx, const rpc::Method& method, std::string frames,
                                   std::string encoding) const;

    // http::StreamTaker
    /// gRPC's calls of these services, and of methods that they do not have. Not those of a browser's page, whose answers need
    /// fields that say which page may read them.
    bool wants(const http::Request& head) const override;
    net::H2Stream& take(const http::StreamOrigin& origin) override;
    // runtime::DrainListener
    void on_drain() override { services_.shut_down(); }
    std::size_t running() const override { return table_.running(); }

 private:
    Task<Result<void>> answer_each(const CallContext& ctx, const rpc::Method& method,
                                   const std::vector<std::unique_ptr<rpc::Message>>& requests, std::string& answers) const;

    rpc::ServiceTable table_;
    rpc::PortServices services_;
    std::unique_ptr<rpc::Channel> channel_;
    rpc::StreamServer streams_;
};

}  // namespace tw::gateway
