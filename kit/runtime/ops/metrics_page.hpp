#pragma once

#include "kit/async/worker_pool.hpp"
#include "kit/http/message.hpp"
#include "kit/runtime/export/meter_registry.hpp"

namespace tw::runtime {

/// GET /metrics: everything that the process measures, for Prometheus and its like. The format and
/// whether it is compressed are the client's choice. What it refers to outlives it; thread-safe.
class MetricsPage {
 public:
    MetricsPage(const MeterRegistry& registry, WorkerPool& workers) : registry_{registry}, workers_{workers} {}

    /// 503 when a loop does not answer in time: without it sums would be too small, which reads as
    /// a restart.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

 private:
    const MeterRegistry& registry_;
    WorkerPool& workers_;
};

}  // namespace tw::runtime
