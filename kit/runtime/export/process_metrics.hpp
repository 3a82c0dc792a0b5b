#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/runtime/health_registry.hpp"
#include "kit/telemetry/metrics.hpp"

#include <cstddef>

namespace tw::runtime {

/// Has `meter`, of one loop, show what the process as a whole uses: CPU, memory, file descriptors,
/// time, workers. `workers` outlives the meter.
void observe_process(telemetry::Meter& meter, const WorkerPool& workers);

/// Has `meter`, of that loop, show how busy the loop is. `index` is the loop's number; `loop`
/// outlives the meter.
void observe_loop(telemetry::Meter& meter, const EventLoop& loop, std::size_t index);

/// Has `meter`, one of the module's, show what /ready says of the module. Both others outlive the
/// meter's last collection.
void observe_readiness(telemetry::Meter& meter, const Module& module, const HealthRegistry& health);

}  // namespace tw::runtime
