#pragma once

#include "kit/rpc/standard_method.hpp"

#include <xds/data/orca/v3/orca_load_report.pb.h>
#include <xds/service/orca/v3/orca.pb.h>

/// ORCA (gRFC A51): a server reports its load in a call's trailers, or on a stream of its own.
namespace tw::interop {

using xds::data::orca::v3::OrcaLoadReport;
using xds::service::orca::v3::OrcaLoadReportRequest;

inline constexpr std::string_view kOrcaService = "xds.service.orca.v3.OpenRcaService";
inline constexpr auto kStreamCoreMetrics = rpc::standard_method<OrcaLoadReportRequest, OrcaLoadReport>(
    "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics", kOrcaService, "StreamCoreMetrics", rpc::Shape::server_streaming,
    rpc::kNoTimeLimit);

/// The trailing metadata with the load report of one call, as the bytes of an OrcaLoadReport.
inline constexpr std::string_view kLoadTrailer = "endpoint-load-metrics-bin";

}  // namespace tw::interop
