#include "kit/cache/local_cache.hpp"
#include "kit/cache/local_rate_limiter.hpp"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace tw::cache {
namespace {

std::vector<std::string> keys(std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back("user.1:0198c2f0-7c1e-7d3a-9b1f-" + std::to_string(100'000'000'000 + i));
    return all;
}

/// Looks up a row of 200 bytes that is in the cache.
void local_cache_hit(benchmark::State& state) {
    const SystemClock clock;
    LocalCache cache{clock};
    const auto all = keys(1000);
    for (const auto& key : all) {
        const auto lease = cache.lookup(key).lease;
        cache.put(key, {lease, 1, std::make_shared<const std::string>(200, 'x'), std::chrono::hours{1}});
    }
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(cache.lookup(all[i++ % all.size()]));
}
BENCHMARK(local_cache_hit);

void local_limiter_decision(benchmark::State& state) {
    const SystemClock clock;
    LocalRateLimiter limiter{clock};
    const auto all = keys(1000);
    const auto rate = Rate::of(1'000'000, std::chrono::seconds{1});
    for (const auto& key : all) limiter.decide(key, rate);
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(limiter.decide(all[i++ % all.size()], rate));
}
BENCHMARK(local_limiter_decision);

}  // namespace
}  // namespace tw::cache
