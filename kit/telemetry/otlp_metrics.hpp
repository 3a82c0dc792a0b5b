#pragma once

#include "kit/telemetry/metrics.hpp"

#include <map>
#include <string>
#include <vector>

namespace tw::telemetry {

/// OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: whether a point covers the time since the
/// start, or since the point before it. Up-down counters are always cumulative, and gauges have no
/// temporality.
enum class Temporality : std::uint8_t { cumulative, delta };

/// Converts collected points to OTLP metrics (opentelemetry.proto.metrics.v1). For delta it
/// remembers the points that it wrote last, so that no measurement is sent twice. Each service has
/// one; it is not thread-safe.
class OtlpMetricsEncoder {
 public:
    OtlpMetricsEncoder(Temporality temporality, Timestamp start) : temporality_{temporality}, start_{start}, previous_{start} {}

    struct Encoded {
        /// The fields ScopeMetrics.metrics, one after the other.
        std::string bytes;
        std::size_t points = 0;
    };
    /// Encodes points, which are merged (see merge_points) and were collected at `now`.
    Encoded encode(const std::vector<MetricPoint>& points, Timestamp now);

 private:
    struct Series {
        const Instrument* instrument;
        MetricAttributes attributes;
        bool operator<(const Series& other) const;
    };
    MetricPoint since_last(const MetricPoint& point);
    bool is_delta(const Instrument& instrument) const;
    std::string number_point(const MetricPoint& point, Timestamp now) const;
    std::string histogram_point(const MetricPoint& point, Timestamp now) const;
    std::string exponential_point(const MetricPoint& point, Timestamp now) const;
    std::string encode_point(const MetricPoint& point, Timestamp now) const;
    /// Encodes one metric with its data points. `point` is one of them; all points of a metric have
    /// the same form.
    std::string metric(const MetricPoint& point, const std::string& data_points) const;

    Temporality temporality_;
    Timestamp start_;
    Timestamp previous_;
    std::map<Series, MetricPoint> last_;
};

}  // namespace tw::telemetry
