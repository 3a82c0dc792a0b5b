#pragma once

#include "apps/interop/server_load.hpp"
#include "kit/rpc/service.hpp"

#include <chrono>
#include <memory>

namespace tw::interop {

/// Nobody is told more often, whatever they ask; the suite's clients ask for this.
inline constexpr std::chrono::seconds kReportIntervalLeast{1};
inline constexpr std::chrono::hours kReportIntervalMost{24};

/// How often to tell who asks so.
std::chrono::nanoseconds report_interval(const OrcaLoadReportRequest& request);

/// xds.service.orca.v3.OpenRcaService: tells `load` at once, and then at the interval, until the caller has enough. `load`
/// outlives it.
std::unique_ptr<rpc::Service> make_orca_service(const ServerLoad& load);

}  // namespace tw::interop
