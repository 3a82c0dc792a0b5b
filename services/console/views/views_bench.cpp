#include "services/console/query/record_fixture.hpp"
#include "services/console/views.hpp"

#include <benchmark/benchmark.h>

namespace tw::console {
namespace {

using test::attribute;

const Source kFirstService{.service = "gateway"};
const Source kSecondService{.service = "order"};

/// A trace of 12 spans in two services, each with a client and a server side.
std::vector<SpanRecord> recorded_trace(std::uint32_t number) {
    std::vector<SpanRecord> spans;
    for (std::uint8_t i = 1; i <= 12; ++i) {
        SpanRecord span{.trace_id = test::trace_id(1), .span_id = test::span_id(i)};
        for (int byte = 0; byte < 4; ++byte) span.trace_id[4 + byte] = static_cast<std::uint8_t>(number >> (8 * byte));
        if (i > 1) span.parent_span_id = test::span_id(static_cast<std::uint8_t>(i - 1));
        span.start_ns = 1'700'000'000'000'000'000 + i * 1'000;
        span.end_ns = span.start_ns + 1'000'000;
        span.kind = i % 2 == 0 ? 3 : 2;
        span.name = "order.OrderService/CreateOrder";
        span.attributes = {attribute("rpc.system.name", "grpc"), attribute("rpc.method", "order.OrderService/CreateOrder"),
                           attribute("rpc.response.status_code", "OK")};
        span.source = i / 2 % 2 == 0 ? &kFirstService : &kSecondService;
        spans.push_back(std::move(span));
    }
    return spans;
}

/// The time is that of 12 spans.
void summarize_trace(benchmark::State& state) {
    const auto trace = recorded_trace(1);
    for (auto _ : state) benchmark::DoNotOptimize(summarize(trace));
}
BENCHMARK(summarize_trace);

void view_trace(benchmark::State& state) {
    const auto trace = recorded_trace(1);
    for (auto _ : state) benchmark::DoNotOptimize(view_of(trace, {}));
}
BENCHMARK(view_trace);

void count_calls(benchmark::State& state) {
    CallCounts counts;
    const auto trace = recorded_trace(1);
    for (auto _ : state) counts.add(trace, trace.front().end_ns);
}
BENCHMARK(count_calls);

/// Asks for all counts of 48 hours, in which 12 spans with many durations came each second.
void map_of_two_days(benchmark::State& state) {
    constexpr std::int64_t kStepNs = 1'000'000'000;
    CallCounts counts;
    auto trace = recorded_trace(1);
    for (std::int64_t step = 0; step < 48 * 3'600; ++step) {
        for (auto& span : trace) {
            span.start_ns += kStepNs;
            span.end_ns = span.start_ns + 1'000'000 + step % 97 * 100'000;
        }
        counts.add(trace, trace.front().end_ns);
    }
    for (auto _ : state) benchmark::DoNotOptimize(counts.map(0, 0));
}
BENCHMARK(map_of_two_days);

}  // namespace
}  // namespace tw::console
