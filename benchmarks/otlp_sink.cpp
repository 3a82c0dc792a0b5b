// A receiver of OTLP/gRPC that decodes what comes with protobuf and counts it: what benchmarks export to, so that a record which
// was not received does not count as cheap. Prints its port when it listens, and its counts as a line of JSON on SIGUSR1.

#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/server.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <csignal>
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

class NoLogs final : public tw::telemetry::LogSink {
    void write(std::string_view) override {}
};

void print(const char* name, const Count& count, const char* end) {
    std::printf("\"%s\": {\"requests\": %llu, \"records\": %llu}%s", name, static_cast<unsigned long long>(count.requests.load()),
                static_cast<unsigned long long>(count.records.load()), end);
}

}  // namespace

int main() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const tw::SystemClock clock;
    NoLogs nowhere;
    const tw::telemetry::Logger log{"sink", clock, nowhere,
                                    std::make_shared<std::atomic<tw::telemetry::Severity>>(tw::telemetry::Severity::error)};
    tw::Random random;
    const tw::telemetry::Tracer tracer{clock, random};
    tw::telemetry::Meter meter;

    tw::LoopGroup loops{1};
    Sink<Traces, TracesAnswer, kTraces> traces;
    Sink<Logs, LogsAnswer, kLogs> logs;
    Sink<Metrics, MetricsAnswer, kMetrics> metrics;
    tw::rpc::ServiceTable table;
    for (tw::rpc::Service* service : std::initializer_list<tw::rpc::Service*>{&traces, &logs, &metrics}) {
        table.add(*service, {tracer, log, meter});
    }
    const auto server = tw::rpc::make_server(loops.at(0), table, {});
    auto listener = tw::net::Listener::bind({"127.0.0.1", 0});
    if (!listener) {
        std::fprintf(stderr, "%s\n", listener.error().detail().c_str());
        return 69;
    }
    (*listener)->start(loops, [&server](tw::EventLoop&, tw::net::Socket socket) { server->serve(std::move(socket)); });
    loops.start();
    std::printf("%u\n", static_cast<unsigned>((*listener)->local().port));
    std::fflush(stdout);

    int signal = SIGUSR1;
    while (sigwait(&signals, &signal) == 0 && signal == SIGUSR1) {
        std::printf("{");
        print("traces", traces.count, ", ");
        print("logs", logs.count, ", ");
        print("metrics", metrics.count, "}\n");
        std::fflush(stdout);
    }
    (*listener)->close();
    loops.stop();
}
