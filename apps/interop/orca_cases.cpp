#include "apps/interop/cases.hpp"
#include "apps/interop/orca_methods.hpp"

#include <algorithm>
#include <array>

#include <google/protobuf/util/message_differencer.h>

namespace tw::interop {
namespace {

using rpc::CallOptions;
using rpc::Channel;
using Reports = rpc::ServerStreamingCall<OrcaLoadReport>;

/// The values of a load report that the suite lets the server send.
struct Load {
    double cpu;
    double memory;
    double util;
};

constexpr Load kFirst{.cpu = 0.8210, .memory = 0.5847, .util = 0.30499};
constexpr Load kSecond{.cpu = 0.29309, .memory = 0.2, .util = 0.2039};
constexpr double kCost = 3456.32;

/// Both loads must be reported in this time. It allows for the server's own least interval and for
/// busy machines.
constexpr std::chrono::seconds kTimeMax{30};
constexpr std::chrono::seconds kInterval{1};

TestOrcaReport claim_of(const Load& load) {
    TestOrcaReport claim;
    claim.set_cpu_utilization(load.cpu);
    claim.set_memory_utilization(load.memory);
    (*claim.mutable_utilization())["util"] = load.util;
    return claim;
}

OrcaLoadReport report_of(const Load& load) {
    OrcaLoadReport report;
    report.set_cpu_utilization(load.cpu);
    report.set_mem_utilization(load.memory);
    (*report.mutable_utilization())["util"] = load.util;
    return report;
}

bool same(const OrcaLoadReport& one, const OrcaLoadReport& other) {
    return google::protobuf::util::MessageDifferencer::Equals(one, other);
}

Task<Result<void>> orca_per_rpc(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options;
    SimpleRequest request;
    *request.mutable_orca_per_query_report() = claim_of(kFirst);
    (*request.mutable_orca_per_query_report()->mutable_request_cost())["cost"] = kCost;
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request, &options);
    if (!response) co_return response.error();

    const auto found = std::ranges::find(options.trailing_metadata, kLoadTrailer, &rpc::Metadata::value_type::first);
    if (found == options.trailing_metadata.end()) co_return unlike("the trailers have no load report");
    OrcaLoadReport report;
    if (!report.ParseFromString(found->second)) co_return unlike("the load report in the trailers cannot be read");
    auto wanted = report_of(kFirst);
    (*wanted.mutable_request_cost())["cost"] = kCost;
    if (!same(report, wanted)) co_return unlike("the trailers have another load: " + report.ShortDebugString());
    co_return Result<void>{};
}

/// Reads until the server reports `wanted`. Earlier reports are skipped.
Task<Result<void>> expect_told(Reports& reports, const OrcaLoadReport& wanted) {
    while (true) {
        const auto report = co_await reports.read();
        if (!report) co_return report.error();
        if (!*report) co_return unlike("the stream of reports ended");
        if (same(**report, wanted)) co_return Result<void>{};
    }
}

Task<Result<void>> orca_oob(Channel& channel, EventLoop& loop) {
    RootCall call{loop, Deadline::after(loop.now(), kTimeMax)};
    OrcaLoadReportRequest interval;
    interval.mutable_report_interval()->set_seconds(kInterval.count());
    auto reports = co_await rpc::call_server_streaming<OrcaLoadReport>(channel, call.context(), kStreamCoreMetrics, interval);
    if (!reports) co_return reports.error();
    auto stream = co_await rpc::open_call<StreamingOutputCallRequest, StreamingOutputCallResponse>(channel, call.context(),
                                                                                                   kFullDuplexCall);
    if (!stream) co_return stream.error();
    for (const auto& load : {kFirst, kSecond}) {
        StreamingOutputCallRequest request;
        *request.mutable_orca_oob_report() = claim_of(load);
        request.add_response_parameters()->set_size(1);
        if (auto sent = co_await stream->write(request); !sent) co_return sent;
        const auto next = co_await stream->read();
        if (auto fine = expect_next(next, 1); !fine) co_return fine;
        const auto wanted = report_of(load);
        if (auto told = co_await expect_told(*reports, wanted); !told) co_return told;
    }
    if (auto ended = co_await stream->finish_writes(); !ended) co_return ended;
    const auto end = co_await stream->read();
    co_return expect_end(end);
}

constexpr std::array kOrcaCases{Case{"orca_per_rpc", orca_per_rpc}, Case{"orca_oob", orca_oob}};

}  // namespace

std::span<const Case> orca_cases() { return kOrcaCases; }

}  // namespace tw::interop
