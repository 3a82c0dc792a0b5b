#include "kit/telemetry/otlp_metrics.hpp"

#include "kit/telemetry/otlp/otlp_attributes.hpp"
#include "kit/telemetry/otlp/otlp_values.hpp"
#include "kit/telemetry/otlp/protobuf_writer.hpp"

#include <cstring>
#include <limits>
#include <span>
#include <tuple>

namespace tw::telemetry {
namespace {

// Field numbers of opentelemetry/proto/metrics/v1/metrics.proto.
namespace scope_metrics {
constexpr std::uint32_t kMetrics = 2;
}
namespace metric_field {
constexpr std::uint32_t kName = 1, kDescription = 2, kUnit = 3, kGauge = 5, kSum = 7, kHistogram = 9, kExponential = 10;
}
namespace data_field {  // of Gauge, Sum, Histogram and ExponentialHistogram alike
constexpr std::uint32_t kPoints = 1, kTemporality = 2, kMonotonic = 3;
}
namespace number_field {
constexpr std::uint32_t kStart = 2, kTime = 3, kDouble = 4, kAttributes = 7;
}
namespace histogram_field {
constexpr std::uint32_t kStart = 2, kTime = 3, kCount = 4, kSum = 5, kBuckets = 6, kBounds = 7, kExemplars = 8, kAttributes = 9,
                        kMin = 11, kMax = 12;
}
namespace exponential_field {
constexpr std::uint32_t kAttributes = 1, kStart = 2, kTime = 3, kCount = 4, kSum = 5, kScale = 6, kZeroCount = 7, kPositive = 8,
                        kNegative = 9, kExemplars = 11, kMin = 12, kMax = 13;
}
namespace range_field {
constexpr std::uint32_t kOffset = 1, kCounts = 2;
}
namespace exemplar_field {
constexpr std::uint32_t kTime = 2, kDouble = 3, kSpanId = 4, kTraceId = 5;
}
constexpr std::uint64_t kDelta = 1;
constexpr std::uint64_t kCumulative = 2;

AttributeValue as_attribute(const MetricValue& value) {
    return std::visit([](const auto& held) { return AttributeValue{held}; }, value);
}

std::string encode_attributes(std::uint32_t field, const MetricAttributes& attributes) {
    std::string out;
    for (const auto& [key, value] : attributes) {
        append_key_value(out, field, {key, as_attribute(value)}, std::numeric_limits<std::size_t>::max());
    }
    return out;
}

/// Returns a packed field of eight-byte values, whose form in memory is the form in which they are
/// sent.
template <class T>
std::string_view packed(std::span<const T> values) {
    static_assert(sizeof(T) == 8);
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string encode(const Exemplar& exemplar) {
    return ProtobufMessage{}
        .fixed64_field(exemplar_field::kTime, unix_nanos(exemplar.when))
        .double_field(exemplar_field::kDouble, exemplar.value)
        .bytes_field(exemplar_field::kSpanId, id_bytes(exemplar.span_id))
        .bytes_field(exemplar_field::kTraceId, id_bytes(exemplar.trace_id))
        .take();
}

/// Encodes protobuf's sint32.
std::uint64_t zigzag(std::int32_t value) {
    return static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31);
}

std::string encode(const ExponentialBuckets::Range& range) {
    std::string counts;
    for (const auto count : range.counts) {
        ProtobufWriter::append(counts, ProtobufWriter::varint_size(count), [&](ProtobufWriter& w) { w.varint(count); });
    }
    return ProtobufMessage{}
        .uint_field(range_field::kOffset, zigzag(range.offset))
        .bytes_field(range_field::kCounts, counts)
        .take();
}

}  // namespace

bool OtlpMetricsEncoder::Series::operator<(const Series& other) const {
    return std::tie(instrument, attributes) < std::tie(other.instrument, other.attributes);
}

bool OtlpMetricsEncoder::is_delta(const Instrument& instrument) const {
    return temporality_ == Temporality::delta &&
           (instrument.kind == InstrumentKind::counter || instrument.kind == InstrumentKind::histogram);
}

MetricPoint OtlpMetricsEncoder::since_last(const MetricPoint& point) {
    MetricPoint difference = point;
    auto& last = last_[{point.instrument, point.attributes}];
    if (last.instrument != nullptr) {
        difference.value -= last.value;
        difference.count -= last.count;
        difference.sum -= last.sum;
        for (std::size_t i = 0; i < difference.buckets.size(); ++i) {
            difference.buckets[i] -= last.buckets[i];
            // An exemplar that was sent already belongs to an earlier interval.
            if (difference.exemplars[i].when <= previous_) difference.exemplars[i] = {};
        }
        if (difference.exponential) difference.exponential->subtract(*last.exponential);
    }
    last = point;
    return difference;
}

std::string OtlpMetricsEncoder::number_point(const MetricPoint& point, Timestamp now) const {
    ProtobufMessage message;
    if (point.instrument->kind != InstrumentKind::gauge) {
        message.fixed64_field(number_field::kStart, unix_nanos(is_delta(*point.instrument) ? previous_ : start_));
    }
    message.fixed64_field(number_field::kTime, unix_nanos(now));
    message.double_field(number_field::kDouble, point.value);
    message.fields(encode_attributes(number_field::kAttributes, point.attributes));
    return message.take();
}

std::string OtlpMetricsEncoder::histogram_point(const MetricPoint& point, Timestamp now) const {
    const auto delta = is_delta(*point.instrument);
    ProtobufMessage message;
    message.fixed64_field(histogram_field::kStart, unix_nanos(delta ? previous_ : start_))
        .fixed64_field(histogram_field::kTime, unix_nanos(now))
        .fixed64_field(histogram_field::kCount, point.count)
        .double_field(histogram_field::kSum, point.sum)
        .bytes_field(histogram_field::kBuckets, packed(std::span{point.buckets}))
        .bytes_field(histogram_field::kBounds, packed(point.instrument->bounds));
    for (const auto& exemplar : point.exemplars) {
        if (exemplar.set()) message.bytes_field(histogram_field::kExemplars, telemetry::encode(exemplar));
    }
    message.fields(encode_attributes(histogram_field::kAttributes, point.attributes));
    // Extremes are known since the start only, so a point of one interval has none.
    if (!delta && point.count > 0) {
        message.double_field(histogram_field::kMin, point.min).double_field(histogram_field::kMax, point.max);
    }
    return message.take();
}

std::string OtlpMetricsEncoder::exponential_point(const MetricPoint& point, Timestamp now) const {
    const auto delta = is_delta(*point.instrument);
    const auto& buckets = *point.exponential;
    ProtobufMessage message;
    message.fields(encode_attributes(exponential_field::kAttributes, point.attributes))
        .fixed64_field(exponential_field::kStart, unix_nanos(delta ? previous_ : start_))
        .fixed64_field(exponential_field::kTime, unix_nanos(now))
        .fixed64_field(exponential_field::kCount, point.count)
        .double_field(exponential_field::kSum, point.sum)
        .uint_field(exponential_field::kScale, zigzag(buckets.scale()))
        .fixed64_field(exponential_field::kZeroCount, buckets.zero_count());
    if (!buckets.positive().counts.empty()) {
        message.bytes_field(exponential_field::kPositive, telemetry::encode(buckets.positive()));
    }
    if (!buckets.negative().counts.empty()) {
        message.bytes_field(exponential_field::kNegative, telemetry::encode(buckets.negative()));
    }
    for (const auto& exemplar : point.exemplars) {
        if (exemplar.set()) message.bytes_field(exponential_field::kExemplars, telemetry::encode(exemplar));
    }
    // Extremes are left out here for the same reason as with explicit buckets.
    if (!delta && point.count > 0) {
        message.double_field(exponential_field::kMin, point.min).double_field(exponential_field::kMax, point.max);
    }
    return message.take();
}

std::string OtlpMetricsEncoder::encode_point(const MetricPoint& point, Timestamp now) const {
    if (point.instrument->kind != InstrumentKind::histogram) return number_point(point, now);
    return point.exponential ? exponential_point(point, now) : histogram_point(point, now);
}

std::string OtlpMetricsEncoder::metric(const MetricPoint& point, const std::string& data_points) const {
    const auto& instrument = *point.instrument;
    ProtobufMessage data;
    data.fields(data_points);
    auto kind = metric_field::kGauge;
    if (instrument.kind != InstrumentKind::gauge) {
        kind = instrument.kind != InstrumentKind::histogram ? metric_field::kSum
               : point.exponential                          ? metric_field::kExponential
                                                            : metric_field::kHistogram;
        data.uint_field(data_field::kTemporality, is_delta(instrument) ? kDelta : kCumulative);
    }
    if (instrument.kind == InstrumentKind::counter) data.uint_field(data_field::kMonotonic, 1);
    return ProtobufMessage{}
        .bytes_field(metric_field::kName, instrument.name)
        .bytes_field(metric_field::kDescription, instrument.description)
        .bytes_field(metric_field::kUnit, instrument.unit)
        .bytes_field(kind, data.bytes())
        .take();
}

OtlpMetricsEncoder::Encoded OtlpMetricsEncoder::encode(const std::vector<MetricPoint>& points, Timestamp now) {
    Encoded result{.bytes = {}, .points = points.size()};
    ProtobufMessage metrics;
    ProtobufMessage data_points;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& instrument = *points[i].instrument;
        const auto point = is_delta(instrument) ? since_last(points[i]) : points[i];
        data_points.bytes_field(data_field::kPoints, encode_point(point, now));
        // The points of one metric follow one another.
        if (i + 1 < points.size() && points[i + 1].instrument == &instrument) continue;
        metrics.bytes_field(scope_metrics::kMetrics, metric(point, data_points.take()));
    }
    previous_ = now;
    result.bytes = metrics.take();
    return result;
}

}  // namespace tw::telemetry
