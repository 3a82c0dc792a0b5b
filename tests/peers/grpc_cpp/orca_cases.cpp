#include "cases.hpp"
#include "load.hpp"

#include <array>

#include <google/protobuf/util/message_differencer.h>

namespace peer {
namespace {

constexpr std::chrono::seconds kTimeMax{30};

TestOrcaReport claim_of(double cpu, double memory, double util) {
    TestOrcaReport claim;
    claim.set_cpu_utilization(cpu);
    claim.set_memory_utilization(memory);
    (*claim.mutable_utilization())["util"] = util;
    return claim;
}

/// The reports come on a stream beside the one that says what they are to be.
void orca_oob(const std::shared_ptr<grpc::Channel>& channel) {
    ClientContext beside;
    beside.set_deadline(std::chrono::system_clock::now() + kTimeMax);
    OrcaLoadReportRequest interval;
    interval.mutable_report_interval()->set_seconds(1);
    const auto load = xds::service::orca::v3::OpenRcaService::NewStub(channel);
    const auto reports = load->StreamCoreMetrics(&beside, interval);

    ClientContext context;
    const auto stream = Stub{channel}.FullDuplexCall(&context);
    for (const auto& claim : {claim_of(0.8210, 0.5847, 0.30499), claim_of(0.29309, 0.2, 0.2039)}) {
        StreamingOutputCallRequest request;
        *request.mutable_orca_oob_report() = claim;
        request.add_response_parameters()->set_size(1);
        StreamingOutputCallResponse response;
        expect(stream->Write(request) && stream->Read(&response), "no answer");
        expect_payload(response, 1);
        const auto wanted = load_report(claim);
        OrcaLoadReport report;
        do {
            expect(reports->Read(&report), "the load was never told");
        } while (!google::protobuf::util::MessageDifferencer::Equals(report, wanted));
    }
    expect(stream->WritesDone(), "the requests could not be ended");
    expect_status(stream->Finish(), StatusCode::OK);
    beside.TryCancel();
}

constexpr std::array kCases{Case{"orca_oob", orca_oob}};

}  // namespace

std::span<const Case> orca_cases() { return kCases; }

}  // namespace peer
