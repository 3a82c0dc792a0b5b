#pragma once

#include "kit/rpc/service.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/archive.hpp"

#include <memory>
#include <vector>

namespace tw::console {

/// Makes the services of OTLP/gRPC (OTLP specification, "OTLP/gRPC"): TraceService, MetricsService
/// and LogsService. A call ends when what it sent is stored and can be found. `archive` outlives
/// them.
std::vector<std::unique_ptr<rpc::Service>> make_otlp_services(Archive& archive);

}  // namespace tw::console
