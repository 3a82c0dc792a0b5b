#pragma once

#include "kit/async/worker_pool.hpp"
#include "kit/gateway/json_routes.hpp"
#include "kit/http/message.hpp"
#include "services/console/archive.hpp"
#include "services/console/endpoints/assets.hpp"
#include "services/console/endpoints/shop_proxy.hpp"

namespace tw::console {

/// Answers the port of the console's page: the contract's routes below /q, a trace as it came
/// (/q/traces/{trace_id}/otlp), Jaeger's query API below /api, the shop's API below /shop, and the
/// files of the page. Every answer has the header fields that keep a browser from doing anything
/// else with it. It belongs to one loop.
class PagePort {
 public:
    /// The objects outlive the port.
    PagePort(Archive& archive, WorkerPool& workers, const gateway::JsonRoutes& routes, const ShopProxy& shop,
             const Assets& assets)
        : archive_{archive}, workers_{workers}, routes_{routes}, shop_{shop}, assets_{assets} {}

    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

    /// Adds the header fields.
    static void protect(http::Response& response);

 private:
    Task<http::Response> route(const CallContext& ctx, const http::Request& request) const;
    Task<http::Response> answer_route(const CallContext& ctx, const http::Request& request) const;
    Task<http::Response> ask_jaeger(const CallContext& ctx, const http::Request& request) const;
    Task<http::Response> answer_otlp(const CallContext& ctx, const http::Request& request, std::string trace_id) const;

    Archive& archive_;
    WorkerPool& workers_;
    const gateway::JsonRoutes& routes_;
    const ShopProxy& shop_;
    const Assets& assets_;
};

}  // namespace tw::console
