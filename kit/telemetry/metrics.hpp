#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/exponential_buckets.hpp"

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
    up_down_counter,  ///< grows and shrinks, and adds up over loops: requests in flight
    gauge,            ///< the last value counts; never summed
    histogram,        ///< how values are spread: durations, sizes
};

/// One metric of the telemetry contract. A constant with static storage, known by its address.
struct Instrument {
    std::string_view name;  ///< "http.server.request.duration"
    std::string_view unit;  ///< UCUM: "s", "By", "{request}"
    std::string_view description;
    InstrumentKind kind;
    /// Of a histogram: the upper bounds of its buckets, ascending and inclusive; one more bucket takes what is above.
    std::span<const double> bounds = {};
};

/// The semantic conventions' bounds for durations in seconds.
inline constexpr std::array kDurationBounds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};
/// The conventions' bounds for database operations, in seconds.
inline constexpr std::array kDatabaseDurationBounds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0};
/// For sizes in bytes.
inline constexpr std::array kSizeBounds{0.0, 128.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0};

using MetricValue = std::variant<std::string, bool, std::int64_t, double>;
/// The attributes of one time series, sorted by key.
using MetricAttributes = std::vector<std::pair<std::string, MetricValue>>;

/// Which measurements may be kept as exemplars (OpenTelemetry specification, "Exemplar Filters"). Here an exemplar always has a
/// trace: what is measured outside of one is never kept.
enum class ExemplarFilter : std::uint8_t { always_on, always_off, trace_based };

/// A measurement that stands for its bucket, with the span in which it was made.
struct Exemplar {
    double value = 0;
    Timestamp when;
    TraceContext::TraceId trace_id{};
    TraceContext::SpanId span_id{};
    bool set() const { return trace_id != TraceContext::TraceId{}; }
};

/// One time series as it stood when it was collected; histograms fill the second half.
struct MetricPoint {
    const Instrument* instrument = nullptr;
    MetricAttributes attributes;
    double value = 0;

    std::vector<std::uint64_t> buckets;
    std::vector<Exemplar> exemplars;  ///< one a bucket, where any was kept
    std::uint64_t count = 0;
    double sum = 0;
    double min = 0;
    double max = 0;
    /// Where the meter keeps them beside the buckets of its instrument.
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
    /// What a trace must have for its measurement to become an exemplar; more than flags can be where none may.
    std::uint16_t exemplar_flags = TraceContext::kSampled;
    std::optional<ExponentialBuckets> exponential;
};
}  // namespace detail

/// A time series to add to. Bind it once, add often: an addition is one store. Valid as long as its Meter.
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
    /// Keeps the measurement as its bucket's exemplar where the meter's filter lets it.
    void record(double value, const TraceContext& trace, Timestamp when) const;
    /// Whether a measurement in this trace would be kept, for who has to ask a clock when it was made.
    bool takes_exemplar(const TraceContext& trace) const {
        return (trace.flags & cell_->exemplar_flags) == cell_->exemplar_flags && trace.valid();
    }

 private:
    friend class Meter;
    explicit Histogram(detail::Cell& cell) : cell_{&cell} {}
    std::size_t count_in(double value) const;
    detail::Cell* cell_;
};

/// The metrics of one service on one loop: no lock, no atomic. What the loops have is added up when it is collected, and
/// each loop is collected on its own thread.
class Meter {
 public:
    /// Time series of one instrument beyond this many share one that says `otel.metric.overflow` (specification,
    /// "Cardinality limits").
    static constexpr std::size_t kSeriesMax = 2000;

    Meter() = default;
    explicit Meter(const MeterOptions& options) : options_{options} {}
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    /// The series with these attributes; the same for the same attributes in whatever order.
    Counter counter(const Instrument& instrument, Attributes attributes = {});
    Histogram histogram(const Instrument& instrument, Attributes attributes = {});
    /// As above, for attributes of which some may be missing.
    Histogram histogram_with(const Instrument& instrument, MetricAttributes attributes);

    /// Called before every collection, to set what is only worth knowing then. It must not call `collect`.
    void on_collect(std::move_only_function<void()> observe) { observers_.push_back(std::move(observe)); }

    /// Appends what has been recorded since the start. On the loop's thread.
    void collect(std::vector<MetricPoint>& out);

 private:
    detail::Cell& cell(const Instrument& instrument, MetricAttributes attributes);

    MeterOptions options_;
    std::deque<detail::Cell> cells_;
    std::unordered_map<std::string, detail::Cell*> by_identity_;
    std::unordered_map<const Instrument*, std::size_t> series_;
    std::vector<std::move_only_function<void()>> observers_;
};

/// Adds the points of several loops up: one point a series remains, in a stable order (by name, then attributes). Counters
/// and histograms are summed; of a gauge the last one counts.
std::vector<MetricPoint> merge_points(std::vector<MetricPoint> points);

}  // namespace tw::telemetry
