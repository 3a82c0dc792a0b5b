#include "kit/telemetry/metrics.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

constexpr Instrument kRequests{"test.requests", "{request}", "Requests answered.", InstrumentKind::counter};
constexpr Instrument kDepth{"test.depth", "{item}", "Queue depth.", InstrumentKind::gauge};
constexpr std::array kBounds{1.0, 5.0, 10.0};
constexpr Instrument kLatency{"test.latency", "s", "How long it took.", InstrumentKind::histogram, kBounds};

std::vector<MetricPoint> collected(Meter& meter) {
    std::vector<MetricPoint> points;
    meter.collect(points);
    return points;
}

TEST(Meter, the_same_attributes_in_any_order_are_the_same_series) {
    Meter meter;
    meter.counter(kRequests, {{"a", 1}, {"b", "x"}}).add(2);
    meter.counter(kRequests, {{"b", "x"}, {"a", 1}}).add(3);
    const auto points = collected(meter);
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].value, 5);
}

TEST(Meter, values_of_another_type_are_another_series) {
    Meter meter;
    meter.counter(kRequests, {{"a", 1}}).add();
    meter.counter(kRequests, {{"a", "1"}}).add();
    meter.counter(kRequests, {{"a", true}}).add();
    EXPECT_EQ(collected(meter).size(), 3U);
}

TEST(Meter, a_bound_is_inclusive_and_what_is_above_the_last_has_a_bucket_of_its_own) {
    Meter meter;
    const auto latency = meter.histogram(kLatency);
    for (const double value : {0.5, 1.0, 1.5, 10.0, 11.0}) latency.record(value);
    const auto point = collected(meter).at(0);
    EXPECT_EQ(point.buckets, (std::vector<std::uint64_t>{2, 1, 1, 1}));
    EXPECT_EQ(point.count, 5U);
    EXPECT_DOUBLE_EQ(point.sum, 24.0);
    EXPECT_EQ(point.min, 0.5);
    EXPECT_EQ(point.max, 11.0);
}

TEST(Meter, what_is_no_number_is_not_recorded) {
    Meter meter;
    const auto latency = meter.histogram(kLatency);
    latency.record(std::numeric_limits<double>::quiet_NaN());
    latency.record(std::numeric_limits<double>::infinity());
    EXPECT_EQ(collected(meter).at(0).count, 0U);
}

TEST(Meter, the_exemplar_filter_says_which_measurements_are_kept) {
    TraceContext trace;
    trace.trace_id[15] = 7;
    trace.span_id[7] = 9;
    for (const auto flags : {std::uint8_t{0}, TraceContext::kSampled, std::uint8_t{0xFF}}) {
        trace.flags = flags;
        const auto kept = [&](ExemplarFilter filter, const TraceContext& within) {
            Meter meter{MeterOptions{.exemplars = filter}};
            const auto latency = meter.histogram(kLatency);
            latency.record(0.5, within, Timestamp::from_unix_micros(1));
            EXPECT_EQ(latency.takes_exemplar(within), collected(meter).at(0).exemplars[0].set());
            return collected(meter).at(0).exemplars[0].set();
        };
        EXPECT_TRUE(kept(ExemplarFilter::always_on, trace));
        EXPECT_FALSE(kept(ExemplarFilter::always_on, TraceContext{}));
        EXPECT_FALSE(kept(ExemplarFilter::always_off, trace));
        EXPECT_EQ(kept(ExemplarFilter::trace_based, trace), trace.sampled());
    }
}

TEST(Meter, exponential_buckets_of_several_loops_are_added_up) {
    Meter first{MeterOptions{.exponential = true}};
    Meter second{MeterOptions{.exponential = true}};
    first.histogram(kLatency).record(1.0);
    second.histogram(kLatency).record(4.0);
    std::vector<MetricPoint> points;
    first.collect(points);
    second.collect(points);
    const auto merged = merge_points(std::move(points));
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].exponential->positive().counts.size(), 129U);
    EXPECT_EQ(merged[0].count, 2U);
}

TEST(Meter, an_exemplar_is_kept_only_within_a_sampled_span) {
    Meter meter;
    const auto latency = meter.histogram(kLatency);
    TraceContext trace;
    trace.trace_id[15] = 7;
    trace.span_id[7] = 9;
    latency.record(0.5, trace, Timestamp::from_unix_micros(1));
    trace.flags = TraceContext::kSampled;
    latency.record(7.0, trace, Timestamp::from_unix_micros(2));
    const auto point = collected(meter).at(0);
    EXPECT_FALSE(point.exemplars[0].set());
    EXPECT_TRUE(point.exemplars[2].set());
    EXPECT_EQ(point.exemplars[2].value, 7.0);
    EXPECT_EQ(point.exemplars[2].span_id, trace.span_id);
}

TEST(Meter, series_beyond_the_limit_share_one_that_says_so) {
    Meter meter;
    for (std::size_t i = 0; i < Meter::kSeriesMax + 50; ++i) meter.counter(kRequests, {{"id", std::int64_t(i)}}).add();
    const auto points = collected(meter);
    EXPECT_EQ(points.size(), Meter::kSeriesMax + 1);
    const MetricAttributes overflow{{"otel.metric.overflow", true}};
    const auto found = std::ranges::find(points, overflow, &MetricPoint::attributes);
    ASSERT_NE(found, points.end());
    EXPECT_EQ(found->value, 50);
}

TEST(Meter, observers_set_their_values_when_it_is_collected) {
    Meter meter;
    const auto depth = meter.counter(kDepth);
    int asked = 0;
    meter.on_collect([&] { depth.set(++asked); });
    EXPECT_EQ(collected(meter).at(0).value, 1);
    EXPECT_EQ(collected(meter).at(0).value, 2);
}

TEST(MergePoints, adds_loops_up_and_keeps_a_stable_order) {
    Meter one;
    Meter other;
    one.counter(kRequests, {{"route", "/b"}}).add(1);
    one.counter(kRequests, {{"route", "/a"}}).add(2);
    other.counter(kRequests, {{"route", "/b"}}).add(3);
    one.counter(kDepth).set(4);
    other.counter(kDepth).set(6);
    one.histogram(kLatency).record(2.0);
    other.histogram(kLatency).record(20.0);
    std::vector<MetricPoint> points;
    one.collect(points);
    other.collect(points);
    const auto merged = merge_points(std::move(points));
    ASSERT_EQ(merged.size(), 4U);
    EXPECT_EQ(merged[0].instrument, &kDepth);
    EXPECT_EQ(merged[0].value, 6);
    EXPECT_EQ(merged[1].count, 2U);
    EXPECT_EQ(merged[1].min, 2.0);
    EXPECT_EQ(merged[1].max, 20.0);
    EXPECT_EQ(merged[2].value, 2);
    EXPECT_EQ(merged[3].value, 4);
}

}  // namespace
}  // namespace tw::telemetry
