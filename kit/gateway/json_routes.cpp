#include "kit/gateway/json_routes.hpp"

#include "kit/gateway/calls/gateway.hpp"

namespace tw::gateway {

JsonRoutes::JsonRoutes(telemetry::Telemetry telemetry) : gateway_{std::make_unique<Gateway>(telemetry)} {}

JsonRoutes::~JsonRoutes() = default;

Result<void> JsonRoutes::add(std::span<const rpc::Route> routes, rpc::Channel& channel) { return gateway_->add(routes, channel); }

void JsonRoutes::set_heartbeat(std::chrono::milliseconds interval) { gateway_->set_heartbeat(interval); }

Task<http::Response> JsonRoutes::answer(const CallContext& ctx, const http::Request& request) const {
    return gateway_->answer(ctx, request);
}

}  // namespace tw::gateway
