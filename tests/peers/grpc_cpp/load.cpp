#include "load.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace peer {

OrcaLoadReport load_report(const TestOrcaReport& claim) {
    OrcaLoadReport report;
    report.set_cpu_utilization(claim.cpu_utilization());
    report.set_mem_utilization(claim.memory_utilization());
    *report.mutable_request_cost() = claim.request_cost();
    *report.mutable_utilization() = claim.utilization();
    return report;
}

void OpenRcaService::set(OrcaLoadReport report, std::unique_lock<std::mutex>& call) {
    if (!call.owns_lock()) call = std::unique_lock{call_mutex_};
    const std::lock_guard lock{report_mutex_};
    report_ = std::move(report);
}

OrcaLoadReport OpenRcaService::report() {
    const std::lock_guard lock{report_mutex_};
    return report_;
}

grpc::Status OpenRcaService::StreamCoreMetrics(grpc::ServerContext* context, const OrcaLoadReportRequest* request,
                                               grpc::ServerWriter<OrcaLoadReport>* writer) {
    const std::chrono::seconds interval{std::max<std::int64_t>(request->report_interval().seconds(), 1)};
    while (!context->IsCancelled() && writer->Write(report())) std::this_thread::sleep_for(interval);
    return grpc::Status::CANCELLED;
}

}  // namespace peer
