#include "kit/async/call_context.hpp"
#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/otlp_log_recorder.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <benchmark/benchmark.h>

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}

}  // namespace

// Every allocation of this program uses these functions, so that a benchmark can show that there
// were none.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tw::telemetry {
namespace {

constexpr std::size_t kBatch = 512;

/// Takes the batch and returns its buffer, as an exporter does in steady state.
void reuse(OtlpBatch& batch) {
    benchmark::DoNotOptimize(batch.bytes.data());
    batch.bytes.clear();
    batch.records = 0;
}

/// Counts the allocations while the state runs, after everything has grown to its final size.
class AllocationCount {
 public:
    explicit AllocationCount(benchmark::State& state) : state_{state}, before_{allocations.load()} {}
    ~AllocationCount() {
        const auto count = static_cast<double>(allocations.load() - before_);
        state_.counters["allocations_per_op"] = count / static_cast<double>(state_.iterations());
    }

 private:
    benchmark::State& state_;
    std::uint64_t before_;
};

/// Starts, fills, ends and encodes a span with the attributes of an HTTP server span.
void one_span(const Tracer& tracer, const CallContext& parent) {
    auto span = tracer.start(parent, "GET /api/users/{id}", SpanKind::server);
    span.set("http.request.method", "GET");
    span.set("http.route", "/api/users/{id}");
    span.set("url.path", "/api/users/0198c2f0-7c1e-7d3a-9b1f-3a5c5f0e8d11");
    span.set("url.scheme", "http");
    span.set("http.response.status_code", 200);
    span.set("server.port", 8080);
}

void span_with_six_attributes(benchmark::State& state) {
    const SystemClock clock;
    Random random;
    EventLoop loop;
    const RootCall call{loop};
    OtlpSpanRecorder recorder{{}, kBatch, reuse};
    const Tracer tracer{clock, random, &recorder};
    for (std::size_t i = 0; i < 2 * kBatch; ++i) one_span(tracer, call.context());
    const AllocationCount count{state};
    for (auto _ : state) one_span(tracer, call.context());
}
BENCHMARK(span_with_six_attributes);

void span_without_recorder(benchmark::State& state) {
    const SystemClock clock;
    Random random;
    EventLoop loop;
    const RootCall call{loop};
    const Tracer tracer{clock, random};
    for (auto _ : state) one_span(tracer, call.context());
}
BENCHMARK(span_without_recorder);

void log_record_with_four_attributes(benchmark::State& state) {
    OtlpLogRecorder recorder{{}, kBatch, reuse};
    const SystemClock clock;
    TraceContext trace{.flags = TraceContext::kSampled};
    trace.trace_id[0] = trace.span_id[0] = 1;
    const auto write = [&] {
        recorder.record({clock.now(),
                         Severity::info,
                         "order-service",
                         &trace,
                         "order.created",
                         {{"shop.order.id", "0198c2f0-7c1e-7d3a-9b1f-3a5c5f0e8d11"},
                          {"shop.user.id", "0198c2f0-7c1e-7d3a-9b1f-3a5c5f0e8d12"},
                          {"shop.order.quantity", 2},
                          {"shop.order.total", 1999}},
                         {}});
    };
    for (std::size_t i = 0; i < 2 * kBatch; ++i) write();
    const AllocationCount count{state};
    for (auto _ : state) write();
}
BENCHMARK(log_record_with_four_attributes);

constexpr Instrument kRequests{"bench.requests", "{request}", "Requests.", InstrumentKind::counter};
constexpr Instrument kDuration{"bench.duration", "s", "Durations.", InstrumentKind::histogram, kDurationBounds};

void counter_add(benchmark::State& state) {
    Meter meter;
    const auto counter = meter.counter(kRequests, {{"http.route", "/api/users/{id}"}});
    const AllocationCount count{state};
    for (auto _ : state) {
        counter.add();
        benchmark::ClobberMemory();
    }
}
BENCHMARK(counter_add);

void histogram_record(benchmark::State& state) {
    Meter meter;
    const auto histogram = meter.histogram(kDuration, {{"http.route", "/api/users/{id}"}});
    const AllocationCount count{state};
    double value = 0.0001;
    for (auto _ : state) {
        histogram.record(value);
        value = value > 1.0 ? 0.0001 : value * 1.07;
        benchmark::ClobberMemory();
    }
}
BENCHMARK(histogram_record);

void clock_now(benchmark::State& state) {
    const SystemClock clock;
    for (auto _ : state) benchmark::DoNotOptimize(clock.now());
}
BENCHMARK(clock_now);

}  // namespace
}  // namespace tw::telemetry
