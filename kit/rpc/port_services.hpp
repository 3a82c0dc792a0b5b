#pragma once

#include "kit/rpc/service_table.hpp"
#include "kit/rpc/standard/health_service.hpp"
#include "kit/rpc/standard/reflection_service.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// What a gRPC port serves beside its own services, so that probes, load balancers and tools of others can work with it:
/// grpc.health.v1.Health, and reflection in both versions. Belongs to a loop.
class PortServices {
 public:
    /// Adds them to `table`, which has the port's own services already and is used no longer than this lives. `ready`: whether
    /// those can do their work; asked on the loop, often; must not block. `beside`: names, of static storage, of services that
    /// the port serves by other means than the table.
    PortServices(EventLoop& loop, ServiceTable& table, telemetry::Telemetry telemetry, std::function<bool()> ready,
                 const std::vector<std::string_view>& beside = {});

    /// Says NOT_SERVING and ends all calls of these services: what a drain begins with.
    void shut_down();

 private:
    std::vector<std::string_view> names_;
    std::unique_ptr<HealthService> health_;
    std::unique_ptr<ReflectionService> reflection_;
    std::unique_ptr<ReflectionService> reflection_alpha_;
};

}  // namespace tw::rpc
