#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/instruments/exponential_buckets.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tw::telemetry {

enum class InstrumentKind : std::uint8_t {
    counter,          ///< only grows: requests, bytes
    up_down_counter,  ///< grows and shrinks, summed over loops: requests in flight
    gauge,            ///< the last value counts; never summed
    histogram,        ///< how values are spread: durations, sizes
};

/// One metric of the telemetry contract. It is a constant with static storage, identified by its
/// address.
struct Instrument {
    std::string_view name;  ///< "http.server.request.duration"
    std::string_view unit;  ///< UCUM: "s", "By", "{request}"
    std::string_view description;
    InstrumentKind kind;
    /// For a histogram: the upper bounds of its buckets, ascending and inclusive. One more bucket
    /// holds the values above.
    std::span<const double> bounds = {};
};

/// The semantic conventions' bounds for durations, in seconds.
inline constexpr std::array kDurationBounds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};
/// The conventions' bounds for database operations, in seconds.
inline constexpr std::array kDatabaseDurationBounds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0};
/// Bounds for sizes in bytes.
inline constexpr std::array kSizeBounds{0.0, 128.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0};

using MetricValue = std::variant<std::string, bool, std::int64_t, double>;
/// The attributes of one time series, sorted by key.
using MetricAttributes = std::vector<std::pair<std::string, MetricValue>>;

/// Which measurements may be kept as exemplars (OpenTelemetry specification, "Exemplar Filters").
/// In this library an exemplar always has a trace: a measurement outside of one is never kept.
enum class ExemplarFilter : std::uint8_t { always_on, always_off, trace_based };

/// A measurement that is an example for its bucket, with the span in which it was made.
struct Exemplar {
    double value = 0;
    Timestamp when;
    TraceContext::TraceId trace_id{};
    TraceContext::SpanId span_id{};
    bool set() const { return trace_id != TraceContext::TraceId{}; }
};

/// One time series at the time of collection. Histograms use the second half of the fields.
struct MetricPoint {
    const Instrument* instrument = nullptr;
    MetricAttributes attributes;
    double value = 0;

    std::vector<std::uint64_t> buckets;
    std::vector<Exemplar> exemplars;  ///< one for each bucket, if any was kept
    std::uint64_t count = 0;
    double sum = 0;
    double min = 0;
    double max = 0;
    /// Exponential buckets, if the meter keeps them in addition to the instrument's buckets.
    std::optional<ExponentialBuckets> exponential;
};

struct MeterOptions {
    ExemplarFilter exemplars = ExemplarFilter::trace_based;
    /// Whether histograms also keep base-2 exponential buckets.
    bool exponential = false;
};

namespace detail {
struct Cell {
    const Instrument* instrument;
    MetricAttributes attributes;
    double value = 0;
    std::vector<std::uint64_t> buckets;
    std::vector<Exemplar> exemplars;
    double sum = 0;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    /// The flags that a trace must have for its measurement to become an exemplar. If exemplars are
    /// off, no trace has them.
    std::uint16_t exemplar_flags = TraceContext::kSampled;
    std::optional<ExponentialBuckets> exponential;
};
}  // namespace detail

/// A time series to add to. Bind it once and add often: an addition is one store. It is valid as
/// long as its Meter.
class Counter {
 public:
    void add(double amount = 1) const { cell_->value += amount; }
    void set(double value) const { cell_->value = value; }

 private:
    friend class Meter;
    explicit Counter(detail::Cell& cell) : cell_{&cell} {}
    detail::Cell* cell_;
};

/// A time series of measurements. Bind it once, record often.
class Histogram {
 public:
    void record(double value) const;
    /// Records a measurement, and keeps it as its bucket's exemplar if the meter's filter allows
    /// it.
    void record(double value, const TraceContext& trace, Timestamp when) const;
    /// Whether a measurement in this trace would be kept, so that callers read the clock only if it
    /// is needed.
    bool takes_exemplar(const TraceContext& trace) const {
        return (trace.flags & cell_->exemplar_flags) == cell_->exemplar_flags && trace.valid();
    }

 private:
    friend class Meter;
    explicit Histogram(detail::Cell& cell) : cell_{&cell} {}
    std::size_t count_in(double value) const;
    detail::Cell* cell_;
};

/// The metrics of one service on one loop, without locks and atomics. Each loop is collected on its
/// own thread, and the loops' values are added up then.
class Meter {
 public:
    /// How many time series an instrument may have. Any further ones share one series, which has
    /// `otel.metric.overflow` (specification, "Cardinality limits").
    static constexpr std::size_t kSeriesMax = 2000;

    Meter() = default;
    explicit Meter(const MeterOptions& options) : options_{options} {}
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    /// Returns the series with these attributes. The order of the attributes does not matter.
    Counter counter(const Instrument& instrument, Attributes attributes = {});
    Histogram histogram(const Instrument& instrument, Attributes attributes = {});
    /// Returns a series like `histogram`, for attributes of which some may be missing.
    Histogram histogram_with(const Instrument& instrument, MetricAttributes attributes);

    /// Registers a function that is called before every collection, to set values that are only
    /// needed then. It must not call `collect`.
    void on_collect(std::move_only_function<void()> observe) { observers_.push_back(std::move(observe)); }

    /// Appends the values since the start. Call it on the loop's thread.
    void collect(std::vector<MetricPoint>& out);

 private:
    detail::Cell& cell(const Instrument& instrument, MetricAttributes attributes);

    MeterOptions options_;
    std::deque<detail::Cell> cells_;
    std::unordered_map<std::string, detail::Cell*> by_identity_;
    std::unordered_map<const Instrument*, std::size_t> series_;
    std::vector<std::move_only_function<void()>> observers_;
};

/// Merges the points of several loops into one point for each series, in a stable order (by name,
/// then attributes). Counters and histograms are summed. For a gauge the last point counts.
std::vector<MetricPoint> merge_points(std::vector<MetricPoint> points);

}  // namespace tw::telemetry
