#include "kit/simulation/network/network_calls_fixture.hpp"

#include <benchmark/benchmark.h>

namespace tw::simulation {
namespace {

using Runner = CallsOutcome (*)(const CallsSpec&);

/// Makes small unary calls, ten at a time. An item of the benchmark is a call of any outcome.
void calls(benchmark::State& state, Runner run, double intensity) {
    constexpr int kCallers = 10;
    constexpr int kCallsEach = 200;
    std::int64_t made = 0;
    std::uint64_t steps = 0;
    for (auto _ : state) {
        const auto seed = static_cast<std::uint64_t>(made) + 1;
        const auto outcome =
            run({.seed = seed, .intensity = intensity, .callers = kCallers, .calls_each = kCallsEach, .plain = true});
        made += outcome.succeeded + outcome.failed;
        steps += outcome.steps;
    }
    state.SetItemsProcessed(made);
    state.counters["steps_per_call"] = static_cast<double>(steps) / static_cast<double>(made);
}

void rpc_quiet(benchmark::State& state) { calls(state, &run_rpc_calls, 0); }
void rpc_with_faults(benchmark::State& state) { calls(state, &run_rpc_calls, 1); }
void http_quiet(benchmark::State& state) { calls(state, &run_http_calls, 0); }
void http_with_faults(benchmark::State& state) { calls(state, &run_http_calls, 1); }
BENCHMARK(rpc_quiet);
BENCHMARK(rpc_with_faults);
BENCHMARK(http_quiet);
BENCHMARK(http_with_faults);

}  // namespace
}  // namespace tw::simulation
