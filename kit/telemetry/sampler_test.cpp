#include "kit/telemetry/sampler.hpp"

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

/// Returns a trace whose id has a random part, the last seven bytes, that begins with `byte`.
TraceContext trace_with(std::uint8_t byte) {
    TraceContext trace;
    trace.trace_id[0] = 1;
    trace.trace_id[9] = byte;
    return trace;
}

// OpenTelemetry specification, "TraceIdRatioBased" and consistent probability sampling: traces at
// or above the threshold are kept.
TEST(Sampler, a_ratio_keeps_the_traces_with_the_largest_random_parts) {
    const auto quarter = Sampler::trace_id_ratio(0.25);
    EXPECT_TRUE(quarter.sample(trace_with(0xFF), false));
    EXPECT_TRUE(quarter.sample(trace_with(0xC0), false));
    EXPECT_FALSE(quarter.sample(trace_with(0xBF), false));
    EXPECT_FALSE(quarter.sample(trace_with(0x00), false));
    EXPECT_TRUE(Sampler::trace_id_ratio(1.0).sample(trace_with(0x00), false));
    EXPECT_FALSE(Sampler::trace_id_ratio(0.0).sample(trace_with(0xFF), false));
}

TEST(Sampler, a_ratio_is_a_number_from_0_to_1) {
    for (const auto* ratio : {"0", "1", "0.5", "1.0", ""}) EXPECT_TRUE(Sampler::parse("traceidratio", ratio)) << ratio;
    for (const auto* ratio : {"1.01", "-0.1", "2", "nan", "0.5x", " "})
        EXPECT_FALSE(Sampler::parse("traceidratio", ratio)) << ratio;
}

TEST(Sampler, a_parent_decides_where_the_sampler_is_based_on_it) {
    auto trace = trace_with(0xFF);
    const auto based = Sampler::parent_based(Sampler::always_on());
    EXPECT_FALSE(based.sample(trace, true));
    EXPECT_TRUE(based.sample(trace, false));
    EXPECT_TRUE(Sampler::always_on().sample(trace, true));
    trace.flags = TraceContext::kSampled;
    EXPECT_TRUE(Sampler::parent_based(Sampler::always_off()).sample(trace, true));
}

}  // namespace
}  // namespace tw::telemetry
