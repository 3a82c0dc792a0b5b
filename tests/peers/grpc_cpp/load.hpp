#pragma once

#include <grpc/testing/messages.pb.h>
#include <grpcpp/grpcpp.h>
#include <mutex>
#include <xds/service/orca/v3/orca.grpc.pb.h>

namespace peer {

using grpc::testing::TestOrcaReport;
using xds::data::orca::v3::OrcaLoadReport;
using xds::service::orca::v3::OrcaLoadReportRequest;

OrcaLoadReport load_report(const TestOrcaReport& claim);

/// Tells the load that calls of the other service set. Written here: gRPC's own is not in Debian's library.
class OpenRcaService final : public xds::service::orca::v3::OpenRcaService::Service {
 public:
    /// From the first time until `call`, a lock of the call's own, is gone, no other call sets it: clients would read each
    /// other's.
    void set(OrcaLoadReport report, std::unique_lock<std::mutex>& call);

    grpc::Status StreamCoreMetrics(grpc::ServerContext* context, const OrcaLoadReportRequest* request,
                                   grpc::ServerWriter<OrcaLoadReport>* writer) override;

 private:
    OrcaLoadReport report();

    std::mutex call_mutex_;
    std::mutex report_mutex_;
    OrcaLoadReport report_;
};

}  // namespace peer
