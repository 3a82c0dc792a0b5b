#pragma once

#include "kit/runtime/program.hpp"
#include "kit/telemetry/resource.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tw::runtime {

/// What the telemetry of all services of this process has in common: namespace, version, an
/// instance's id that is new with each start, environment, host, process, container, and what
/// Kubernetes' downward API was told to put into these variables: K8S_POD_NAME, K8S_POD_UID,
/// K8S_NAMESPACE_NAME, K8S_NODE_NAME, K8S_CONTAINER_NAME, K8S_DEPLOYMENT_NAME, K8S_CLUSTER_NAME.
/// `chosen` attributes (OTEL_RESOURCE_ATTRIBUTES) go before all of that. A service adds its
/// `service.name`.
telemetry::Resource process_resource(const Program& program, Profile profile, const Clock& clock,
                                     const std::map<std::string, std::string>& environment = {},
                                     std::span<const std::pair<std::string, std::string>> chosen = {});

}  // namespace tw::runtime
