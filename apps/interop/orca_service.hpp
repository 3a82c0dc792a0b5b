#pragma once

#include "apps/interop/server_load.hpp"
#include "kit/rpc/service.hpp"

#include <chrono>
#include <memory>

namespace tw::interop {

/// The bounds of the interval between reports. The suite's clients ask for the least.
inline constexpr std::chrono::seconds kReportIntervalLeast{1};
inline constexpr std::chrono::hours kReportIntervalMost{24};

/// Returns the interval between the reports to a client that sent `request`.
std::chrono::nanoseconds report_interval(const OrcaLoadReportRequest& request);

/// xds.service.orca.v3.OpenRcaService: reports `load` at once and then at the interval, until the
/// caller leaves. `load` must outlive the service.
std::unique_ptr<rpc::Service> make_orca_service(const ServerLoad& load);

}  // namespace tw::interop
