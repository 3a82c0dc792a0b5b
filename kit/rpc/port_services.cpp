#include "kit/rpc/port_services.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {

PortServices::PortServices(EventLoop& loop, ServiceTable& table, telemetry::Telemetry telemetry, std::function<bool()> ready,
                           const std::vector<std::string_view>& beside) {
    using Version = ReflectionService::Version;
    const auto source = [this, ready = std::move(ready)](std::string_view service) -> std::optional<bool> {
        if (!service.empty() && std::ranges::find(names_, service) == names_.end()) return std::nullopt;
        return ready();
    };
    health_ = HealthService::make(loop, source);
    table.add(*health_, telemetry);
    // Reflection lists itself too, so its names are added before it is made.
    names_ = beside;
    const auto served = table.service_names();
    names_.insert(names_.end(), served.begin(), served.end());
    names_.insert(names_.end(), {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"});
    reflection_ = ReflectionService::make(Version::v1, names_);
    reflection_alpha_ = ReflectionService::make(Version::v1alpha, names_);
    table.add(*reflection_, telemetry);
    table.add(*reflection_alpha_, telemetry);
}

void PortServices::shut_down() {
    health_->shut_down();
    reflection_->shut_down();
    reflection_alpha_->shut_down();
}

}  // namespace tw::rpc
