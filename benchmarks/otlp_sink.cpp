// A receiver of OTLP/gRPC that decodes what comes with protobuf and counts it: what benchmarks export to, so that a record which
// was not received does not count as cheap. Prints its port when it listens, and its counts as a line of JSON on SIGUSR1.

#include "benchmarks/bench_server.hpp"
#include "kit/rpc/adapter.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

namespace {

namespace collector = opentelemetry::proto::collector;
using Traces = collector::trace::v1::ExportTraceServiceRequest;
using TracesAnswer = collector::trace::v1::ExportTraceServiceResponse;
using Logs = collector::logs::v1::ExportLogsServiceRequest;
using LogsAnswer = collector::logs::v1::ExportLogsServiceResponse;
using Metrics = collector::metrics::v1::ExportMetricsServiceRequest;
using MetricsAnswer = collector::metrics::v1::ExportMetricsServiceResponse;

struct Count {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> records{0};
};

std::uint64_t records(const Traces& request) {
    std::uint64_t sum = 0;
    for (const auto& resource : request.resource_spans()) {
        for (const auto& scope : resource.scope_spans()) sum += static_cast<std::uint64_t>(scope.spans_size());
    }
    return sum;
}

std::uint64_t records(const Logs& request) {
    std::uint64_t sum = 0;
    for (const auto& resource : request.resource_logs()) {
        for (const auto& scope : resource.scope_logs()) sum += static_cast<std::uint64_t>(scope.log_records_size());
    }
    return sum;
}

std::uint64_t records(const Metrics& request) {
    std::uint64_t sum = 0;
    for (const auto& resource : request.resource_metrics()) {
        for (const auto& scope : resource.scope_metrics()) sum += static_cast<std::uint64_t>(scope.metrics_size());
    }
    return sum;
}

template <class Request, class Answer>
constexpr tw::rpc::Method make_method(std::string_view path) {
    const auto service = path.substr(1, path.rfind('/') - 1);
    return {.path = path,
            .service = service,
            .name = "Export",
            .shape = tw::rpc::Shape::unary,
            .idempotency = tw::rpc::Idempotency::none,
            .deadline = std::chrono::seconds{10},
            .allow = {},
            .request_prototype = tw::rpc::prototype<Request>,
            .response_prototype = tw::rpc::prototype<Answer>,
            .validate = [](const tw::rpc::Message&, std::vector<tw::Violation>&) {}};
}

const auto kTraces = make_method<Traces, TracesAnswer>("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
const auto kLogs = make_method<Logs, LogsAnswer>("/opentelemetry.proto.collector.logs.v1.LogsService/Export");
const auto kMetrics = make_method<Metrics, MetricsAnswer>("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");

template <class Request, class Answer, const tw::rpc::Method& kMethod>
class Sink final : public tw::rpc::Service {
 public:
    Count count;

    std::string_view service_name() const override { return kMethod.service; }
    std::span<const tw::rpc::Handler> handlers() const override {
        static constexpr auto kHandler = tw::rpc::make_handler<&Sink::take, kMethod>();
        return {&kHandler, 1};
    }

 private:
    tw::Task<tw::Result<Answer>> take(const tw::CallContext&, const Request& request) {
        count.requests.fetch_add(1, std::memory_order_relaxed);
        count.records.fetch_add(records(request), std::memory_order_relaxed);
        co_return Answer{};
    }
};

void print(const char* name, const Count& count, const char* end) {
    std::printf("\"%s\": {\"requests\": %llu, \"records\": %llu}%s", name, static_cast<unsigned long long>(count.requests.load()),
                static_cast<unsigned long long>(count.records.load()), end);
}

}  // namespace

int main() {
    Sink<Traces, TracesAnswer, kTraces> traces;
    Sink<Logs, LogsAnswer, kLogs> logs;
    Sink<Metrics, MetricsAnswer, kMetrics> metrics;
    const std::array<tw::rpc::Service*, 3> services{&traces, &logs, &metrics};
    return tw::bench::serve(services, [&] {
        std::printf("{");
        print("traces", traces.count, ", ");
        print("logs", logs.count, ", ");
        print("metrics", metrics.count, "}\n");
    });
}
