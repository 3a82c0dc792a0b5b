#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/net/connection_count.hpp"
#include "kit/otlp/tap.hpp"
#include "kit/rpc/standing_faults.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/health_registry.hpp"
#include "kit/runtime/host/operated_modules.hpp"
#include "kit/runtime/host/rpc_state_registry.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/runtime/policies.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/shared_caches.hpp"
#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/propagators.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace tw::runtime {

class ProcessAuth;  // kit/runtime/callers/process_auth.hpp

/// What everything in a process shares; Process keeps it all.
struct ProcessContext {
    const Config& config;
    /// All modules that the program knows, also those that run elsewhere.
    std::span<const ModuleSpec> known;
    std::string_view version;
    const Clock& clock;
    WorkerPool& workers;
    LoopGroup& loops;
    HealthRegistry& health;
    SharedCaches& caches;
    telemetry::MeterOptions meter_options = {};
    telemetry::Propagators propagators = {};
    PolicyLists policies = {};
    /// Set before any LoopModules opens.
    ProcessTls tls = {};
    /// Set in the same way. Null if nobody's callers are known.
    std::shared_ptr<const ProcessAuth> auth = nullptr;
    /// The connections of the HTTP port, on all loops together.
    net::ConnectionCount http_connections = {};
    net::ConnectionCount http_streams = {};
    /// Where channels and servers say what they are doing.
    std::shared_ptr<RpcStateRegistry> rpc_states = std::make_shared<RpcStateRegistry>(loops);
    /// Gets all telemetry of the process. Null if no module takes it.
    otlp::Tap* tap = nullptr;
    /// The ports of the process. Null in a simulation.
    const Listening* listening = nullptr;
    /// What operators may look at.
    std::shared_ptr<OperatedModules> operated = std::make_shared<OperatedModules>();
    /// The faults that operators set.
    std::shared_ptr<rpc::StandingFaults> standing_faults = std::make_shared<rpc::StandingFaults>();
};

}  // namespace tw::runtime
