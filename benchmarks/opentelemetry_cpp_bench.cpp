// The span of telemetry_bench, made by OpenTelemetry's own SDK for C++: started, given six attributes, ended, and encoded as
// OTLP in batches of 512. For comparison only; built where Debian's opentelemetry-cpp-dev is installed.

#include <memory>
#include <opentelemetry/exporters/otlp/otlp_recordable.h>
#include <opentelemetry/exporters/otlp/otlp_recordable_utils.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/provider.h>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

namespace otlp = opentelemetry::exporter::otlp;
namespace sdk = opentelemetry::sdk;
namespace trace = opentelemetry::trace;

constexpr std::size_t kBatch = 512;

/// What the SDK's batch processor and OTLP exporter do, on the caller's thread and without the sending.
class EncodingProcessor final : public sdk::trace::SpanProcessor {
 public:
    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override {
        return std::make_unique<otlp::OtlpRecordable>();
    }
    void OnStart(sdk::trace::Recordable&, const trace::SpanContext&) noexcept override {}
    void OnEnd(std::unique_ptr<sdk::trace::Recordable>&& span) noexcept override {
        ended_.push_back(std::move(span));
        if (ended_.size() < kBatch) return;
        opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest request;
        otlp::OtlpRecordableUtils::PopulateRequest({ended_.data(), ended_.size()}, &request);
        bytes_.clear();
        request.SerializeToString(&bytes_);
        benchmark::DoNotOptimize(bytes_.data());
        ended_.clear();
    }
    bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool Shutdown(std::chrono::microseconds) noexcept override { return true; }

 private:
    std::vector<std::unique_ptr<sdk::trace::Recordable>> ended_;
    std::string bytes_;
};

void opentelemetry_cpp_span_with_six_attributes(benchmark::State& state) {
    const auto provider = sdk::trace::TracerProviderFactory::Create(std::make_unique<EncodingProcessor>());
    const auto tracer = provider->GetTracer("bench");
    trace::StartSpanOptions options;
    options.kind = trace::SpanKind::kServer;
    for (auto _ : state) {
        const auto span = tracer->StartSpan("GET /api/users/{id}", options);
        span->SetAttribute("http.request.method", "GET");
        span->SetAttribute("http.route", "/api/users/{id}");
        span->SetAttribute("url.path", "/api/users/0198c2f0-7c1e-7d3a-9b1f-3a5c5f0e8d11");
        span->SetAttribute("url.scheme", "http");
        span->SetAttribute("http.response.status_code", 200);
        span->SetAttribute("server.port", 8080);
        span->End();
    }
}
BENCHMARK(opentelemetry_cpp_span_with_six_attributes);

}  // namespace
