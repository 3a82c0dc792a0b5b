#include "kit/telemetry/otlp_metrics.hpp"
#include "kit/telemetry/resource.hpp"

#include <cmath>
#include <numeric>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Reads kit/telemetry's encoding of metrics by protobuf's own decoder.
namespace tw::telemetry {
namespace {

namespace metrics_proto = opentelemetry::proto::metrics::v1;
using testing::ElementsAre;

constexpr Instrument kRequests{"test.requests", "{request}", "Requests.", InstrumentKind::counter};
constexpr Instrument kActive{"test.active", "{request}", "In flight.", InstrumentKind::up_down_counter};
constexpr Instrument kLag{"test.lag", "s", "Lag.", InstrumentKind::gauge};
constexpr std::array kBounds{0.1, 1.0, 10.0};
constexpr Instrument kDuration{"test.duration", "s", "Durations.", InstrumentKind::histogram, kBounds};

constexpr auto kStart = Timestamp::from_unix_micros(1'000'000);
constexpr auto kFirst = Timestamp::from_unix_micros(2'000'000);
constexpr auto kSecond = Timestamp::from_unix_micros(3'000'000);

metrics_proto::ScopeMetrics encode(OtlpMetricsEncoder& encoder, Meter& meter, Timestamp now) {
    std::vector<MetricPoint> points;
    meter.collect(points);
    const auto encoded = encoder.encode(merge_points(std::move(points)), now);
    metrics_proto::ScopeMetrics scope;
    EXPECT_TRUE(scope.ParseFromString(encoded.bytes));
    return scope;
}

const metrics_proto::Metric& named(const metrics_proto::ScopeMetrics& scope, std::string_view name) {
    for (const auto& metric : scope.metrics()) {
        if (metric.name() == name) return metric;
    }
    ADD_FAILURE() << name;
    return metrics_proto::Metric::default_instance();
}

TEST(OtlpMetrics, each_kind_has_its_form) {
    Meter meter;
    meter.counter(kRequests, {{"route", "/a"}, {"ok", true}}).add(3);
    meter.counter(kRequests, {{"route", "/b"}, {"ok", true}}).add(4);
    meter.counter(kActive).add(-2);
    meter.counter(kLag).set(0.5);
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    const auto scope = encode(encoder, meter, kFirst);
    ASSERT_EQ(scope.metrics_size(), 3);

    const auto& requests = named(scope, "test.requests");
    EXPECT_EQ(requests.unit(), "{request}");
    EXPECT_EQ(requests.description(), "Requests.");
    EXPECT_TRUE(requests.sum().is_monotonic());
    EXPECT_EQ(requests.sum().aggregation_temporality(), metrics_proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
    ASSERT_EQ(requests.sum().data_points_size(), 2);
    const auto& point = requests.sum().data_points(0);
    EXPECT_EQ(point.as_double(), 3);
    EXPECT_EQ(point.start_time_unix_nano(), 1'000'000'000U);
    EXPECT_EQ(point.time_unix_nano(), 2'000'000'000U);
    EXPECT_EQ(point.attributes(0).key(), "ok");
    EXPECT_EQ(point.attributes(1).value().string_value(), "/a");

    EXPECT_FALSE(named(scope, "test.active").sum().is_monotonic());
    EXPECT_EQ(named(scope, "test.active").sum().data_points(0).as_double(), -2);
    EXPECT_EQ(named(scope, "test.lag").gauge().data_points(0).as_double(), 0.5);
}

TEST(OtlpMetrics, a_histograms_buckets_add_up_to_its_count) {
    Meter meter;
    const auto histogram = meter.histogram(kDuration, {{"a", 1}});
    std::mt19937 random{1};
    double sum = 0;
    for (int i = 0; i < 1'000; ++i) {
        const auto value = std::ldexp(1.0, static_cast<int>(random() % 16) - 8);
        sum += value;
        histogram.record(value);
    }
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    const auto scope = encode(encoder, meter, kFirst);
    const auto& point = named(scope, "test.duration").histogram().data_points(0);
    EXPECT_THAT(point.explicit_bounds(), ElementsAre(0.1, 1.0, 10.0));
    EXPECT_EQ(point.bucket_counts_size(), 4);
    EXPECT_EQ(std::accumulate(point.bucket_counts().begin(), point.bucket_counts().end(), std::uint64_t{0}), 1'000U);
    EXPECT_EQ(point.count(), 1'000U);
    EXPECT_DOUBLE_EQ(point.sum(), sum);
    EXPECT_EQ(point.min(), std::ldexp(1.0, -8));
    EXPECT_EQ(point.max(), std::ldexp(1.0, 7));
}

TEST(OtlpMetrics, delta_tells_what_happened_since_the_last_time) {
    Meter meter;
    const auto requests = meter.counter(kRequests);
    const auto active = meter.counter(kActive);
    const auto duration = meter.histogram(kDuration);
    OtlpMetricsEncoder encoder{Temporality::delta, kStart};
    requests.add(5);
    active.add(2);
    duration.record(0.5);
    encode(encoder, meter, kFirst);
    requests.add(3);
    active.add(1);
    duration.record(5);
    duration.record(50);
    const auto scope = encode(encoder, meter, kSecond);

    const auto& sum = named(scope, "test.requests").sum();
    EXPECT_EQ(sum.aggregation_temporality(), metrics_proto::AGGREGATION_TEMPORALITY_DELTA);
    EXPECT_EQ(sum.data_points(0).as_double(), 3);
    EXPECT_EQ(sum.data_points(0).start_time_unix_nano(), 2'000'000'000U);
    EXPECT_EQ(named(scope, "test.active").sum().aggregation_temporality(), metrics_proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
    EXPECT_EQ(named(scope, "test.active").sum().data_points(0).as_double(), 3);
    const auto& point = named(scope, "test.duration").histogram().data_points(0);
    EXPECT_EQ(point.count(), 2U);
    EXPECT_EQ(point.sum(), 55);
    EXPECT_THAT(point.bucket_counts(), ElementsAre(0, 0, 1, 1));
    EXPECT_FALSE(point.has_min());
}

TEST(OtlpMetrics, cumulative_never_shrinks_and_keeps_its_start) {
    Meter meter;
    const auto requests = meter.counter(kRequests);
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    requests.add(5);
    encode(encoder, meter, kFirst);
    requests.add(3);
    const auto scope = encode(encoder, meter, kSecond);
    EXPECT_EQ(named(scope, "test.requests").sum().data_points(0).as_double(), 8);
    EXPECT_EQ(named(scope, "test.requests").sum().data_points(0).start_time_unix_nano(), 1'000'000'000U);
}

TEST(OtlpMetrics, exemplars_name_their_span) {
    Meter meter;
    TraceContext trace;
    trace.trace_id[3] = 7;
    trace.span_id[2] = 8;
    trace.flags = TraceContext::kSampled;
    meter.histogram(kDuration).record(0.5, trace, kFirst);
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    const auto scope = encode(encoder, meter, kSecond);
    const auto& point = named(scope, "test.duration").histogram().data_points(0);
    ASSERT_EQ(point.exemplars_size(), 1);
    EXPECT_EQ(point.exemplars(0).as_double(), 0.5);
    EXPECT_EQ(point.exemplars(0).time_unix_nano(), 2'000'000'000U);
    EXPECT_EQ(point.exemplars(0).trace_id(), (std::string{reinterpret_cast<const char*>(trace.trace_id.data()), 16}));
    EXPECT_EQ(point.exemplars(0).span_id(), (std::string{reinterpret_cast<const char*>(trace.span_id.data()), 8}));
}

TEST(OtlpMetrics, histograms_are_exponential_where_the_meter_keeps_them_so) {
    Meter meter{MeterOptions{.exponential = true}};
    const auto duration = meter.histogram(kDuration, {{"a", 1}});
    duration.record(0);
    duration.record(1.0);
    duration.record(4.0);
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    const auto scope = encode(encoder, meter, kFirst);
    const auto& metric = named(scope, "test.duration");
    ASSERT_TRUE(metric.has_exponential_histogram());
    EXPECT_EQ(metric.exponential_histogram().aggregation_temporality(), metrics_proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
    const auto& point = metric.exponential_histogram().data_points(0);
    EXPECT_EQ(point.count(), 3U);
    EXPECT_EQ(point.sum(), 5);
    EXPECT_EQ(point.scale(), 6);
    EXPECT_EQ(point.zero_count(), 1U);
    EXPECT_EQ(point.positive().offset(), -1);
    ASSERT_EQ(point.positive().bucket_counts_size(), 129);
    EXPECT_EQ(point.positive().bucket_counts(0), 1U);
    EXPECT_EQ(point.positive().bucket_counts(128), 1U);
    EXPECT_FALSE(point.has_negative());
    EXPECT_EQ(point.min(), 0);
    EXPECT_EQ(point.max(), 4);
    EXPECT_EQ(point.attributes(0).key(), "a");
    EXPECT_EQ(point.start_time_unix_nano(), 1'000'000'000U);
    EXPECT_EQ(point.time_unix_nano(), 2'000'000'000U);
}

TEST(OtlpMetrics, exponential_deltas_tell_what_happened_since_the_last_time) {
    Meter meter{MeterOptions{.exponential = true}};
    const auto duration = meter.histogram(kDuration);
    OtlpMetricsEncoder encoder{Temporality::delta, kStart};
    duration.record(1.0);
    encode(encoder, meter, kFirst);
    duration.record(100.0);
    const auto scope = encode(encoder, meter, kSecond);
    const auto& point = named(scope, "test.duration").exponential_histogram().data_points(0);
    EXPECT_EQ(point.count(), 1U);
    EXPECT_EQ(point.sum(), 100);
    EXPECT_EQ(std::accumulate(point.positive().bucket_counts().begin(), point.positive().bucket_counts().end(), std::uint64_t{0}),
              1U);
    EXPECT_FALSE(point.has_min());
}

TEST(ExportRequest, wraps_records_with_resource_and_scope) {
    Meter meter;
    meter.counter(kRequests).add(1);
    std::vector<MetricPoint> points;
    meter.collect(points);
    OtlpMetricsEncoder encoder{Temporality::cumulative, kStart};
    Resource resource;
    resource.set("service.name", std::string{"shop"});
    resource.set("process.pid", std::int64_t{42});
    resource.set("service.name", std::string{"order-service"});
    const auto encoded = encoder.encode(points, kFirst).bytes;
    const std::string_view records{encoded};
    std::string bytes;
    append_export_request(bytes, resource, "shop", "1.2", std::span{&records, 1});
    opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest request;
    ASSERT_TRUE(request.ParseFromString(bytes));
    ASSERT_EQ(request.resource_metrics_size(), 1);
    const auto& wrapped = request.resource_metrics(0);
    ASSERT_EQ(wrapped.resource().attributes_size(), 2);
    EXPECT_EQ(wrapped.resource().attributes(0).value().int_value(), 42);
    EXPECT_EQ(wrapped.resource().attributes(1).value().string_value(), "order-service");
    EXPECT_EQ(wrapped.scope_metrics(0).scope().name(), "shop");
    EXPECT_EQ(wrapped.scope_metrics(0).scope().version(), "1.2");
    EXPECT_EQ(wrapped.scope_metrics(0).metrics(0).name(), "test.requests");
}

}  // namespace
}  // namespace tw::telemetry
