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

/// The standard services that a gRPC port offers beside its own: grpc.health.v1.Health, and
/// reflection in both versions. Probes, load balancers and common tools use them. The object
/// belongs to a loop.
class PortServices {
 public:
    /// Adds the standard services to `table`, which has the port's own services already. The table
    /// must not be used after this object is destroyed. `ready` says whether the port's own
    /// services can do their work. It is called often, on the loop, and must not block. `beside`
    /// has the names of services that the port serves by other means than the table. The names have
    /// static storage.
    PortServices(EventLoop& loop, ServiceTable& table, telemetry::Telemetry telemetry, std::function<bool()> ready,
                 const std::vector<std::string_view>& beside = {});

    /// Reports NOT_SERVING and ends all calls of these services. A drain begins with this call.
    void shut_down();

 private:
    std::vector<std::string_view> names_;
    std::unique_ptr<HealthService> health_;
    std::unique_ptr<ReflectionService> reflection_;
    std::unique_ptr<ReflectionService> reflection_alpha_;
};

}  // namespace tw::rpc
