#include "kit/telemetry/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tw::telemetry {
namespace {

MetricAttributes copied(Attributes attributes) {
    struct Copy {
        MetricValue operator()(std::string_view text) const { return std::string{text}; }
        MetricValue operator()(bool flag) const { return flag; }
        MetricValue operator()(std::int64_t number) const { return number; }
        MetricValue operator()(double number) const { return number; }
    };
    MetricAttributes result;
    result.reserve(attributes.size());
    for (const auto& attribute : attributes) result.emplace_back(attribute.key, std::visit(Copy{}, attribute.value.get()));
    return result;
}

/// Returns the flags that a trace must have for an exemplar. No trace has the ninth bit, so it
/// means never.
std::uint16_t exemplar_flags(ExemplarFilter filter) {
    constexpr std::uint16_t kNever = 0x100;
    if (filter == ExemplarFilter::always_off) return kNever;
    return filter == ExemplarFilter::always_on ? 0 : TraceContext::kSampled;
}

/// Returns a key that identifies a series: the instrument's address, then keys and values with
/// their types.
std::string identity(const Instrument& instrument, const MetricAttributes& attributes) {
    const auto* address = &instrument;
    std::string out{reinterpret_cast<const char*>(&address), sizeof address};
    struct Append {
        std::string& out;
        void operator()(const std::string& text) const {
            (out += 's').append(std::to_string(text.size())).append(":").append(text);
        }
        void operator()(bool flag) const { out += flag ? 't' : 'f'; }
        void operator()(std::int64_t number) const { raw('i', &number); }
        void operator()(double number) const { raw('d', &number); }
        void raw(char type, const void* bytes) const { (out += type).append(static_cast<const char*>(bytes), 8); }
    };
    for (const auto& [key, value] : attributes) {
        out.append(key) += '\0';
        std::visit(Append{out}, value);
    }
    return out;
}

void add_histogram(MetricPoint& into, const MetricPoint& from) {
    if (from.count == 0) return;
    into.min = into.count == 0 ? from.min : std::min(into.min, from.min);
    into.max = into.count == 0 ? from.max : std::max(into.max, from.max);
    into.count += from.count;
    into.sum += from.sum;
    for (std::size_t i = 0; i < from.buckets.size(); ++i) {
        into.buckets[i] += from.buckets[i];
        if (from.exemplars[i].when > into.exemplars[i].when) into.exemplars[i] = from.exemplars[i];
    }
    if (into.exponential && from.exponential) into.exponential->merge(*from.exponential);
}

}  // namespace

std::size_t Histogram::count_in(double value) const {
    const auto bounds = cell_->instrument->bounds;
    // There are few bounds and most values are near the front, so a scan is faster than a binary
    // search.
    std::size_t bucket = 0;
    while (bucket < bounds.size() && value > bounds[bucket]) ++bucket;
    ++cell_->buckets[bucket];
    cell_->sum += value;
    cell_->min = std::min(cell_->min, value);
    cell_->max = std::max(cell_->max, value);
    if (cell_->exponential) cell_->exponential->add(value);
    return bucket;
}

void Histogram::record(double value) const {
    // A NaN or an infinity would spoil the sum for good.
    if (std::isfinite(value)) count_in(value);
}

void Histogram::record(double value, const TraceContext& trace, Timestamp when) const {
    if (!std::isfinite(value)) return;
    const auto bucket = count_in(value);
    if (takes_exemplar(trace)) cell_->exemplars[bucket] = {value, when, trace.trace_id, trace.span_id};
}

detail::Cell& Meter::cell(const Instrument& instrument, MetricAttributes own) {
    std::ranges::sort(own, {}, [](const auto& entry) { return std::string_view{entry.first}; });
    auto key = identity(instrument, own);
    if (const auto found = by_identity_.find(key); found != by_identity_.end()) return *found->second;
    auto& count = series_[&instrument];
    if (count >= kSeriesMax) {
        own = {{"otel.metric.overflow", true}};
        key = identity(instrument, own);
        if (const auto found = by_identity_.find(key); found != by_identity_.end()) return *found->second;
    }
    ++count;
    auto& cell = cells_.emplace_back(detail::Cell{.instrument = &instrument, .attributes = std::move(own)});
    if (instrument.kind == InstrumentKind::histogram) {
        cell.buckets.resize(instrument.bounds.size() + 1);
        cell.exemplars.resize(instrument.bounds.size() + 1);
        cell.exemplar_flags = exemplar_flags(options_.exemplars);
        if (options_.exponential) cell.exponential.emplace();
    }
    by_identity_.emplace(std::move(key), &cell);
    return cell;
}

Counter Meter::counter(const Instrument& instrument, Attributes attributes) {
    return Counter{cell(instrument, copied(attributes))};
}

Histogram Meter::histogram(const Instrument& instrument, Attributes attributes) {
    return Histogram{cell(instrument, copied(attributes))};
}

Histogram Meter::histogram_with(const Instrument& instrument, MetricAttributes attributes) {
    return Histogram{cell(instrument, std::move(attributes))};
}

void Meter::collect(std::vector<MetricPoint>& out) {
    for (auto& observe : observers_) observe();
    out.reserve(out.size() + cells_.size());
    for (const auto& cell : cells_) {
        MetricPoint point{.instrument = cell.instrument, .attributes = cell.attributes, .value = cell.value};
        point.buckets = cell.buckets;
        point.exemplars = cell.exemplars;
        point.exponential = cell.exponential;
        for (const auto bucket : cell.buckets) point.count += bucket;
        point.sum = cell.sum;
        if (point.count > 0) {
            point.min = cell.min;
            point.max = cell.max;
        }
        out.push_back(std::move(point));
    }
}

std::vector<MetricPoint> merge_points(std::vector<MetricPoint> points) {
    const auto order = [](const MetricPoint& a, const MetricPoint& b) {
        return std::tie(a.instrument->name, a.attributes) < std::tie(b.instrument->name, b.attributes);
    };
    std::ranges::stable_sort(points, order);
    std::vector<MetricPoint> merged;
    for (auto& point : points) {
        if (merged.empty() || order(merged.back(), point)) {
            merged.push_back(std::move(point));
            continue;
        }
        auto& into = merged.back();
        switch (point.instrument->kind) {
            case InstrumentKind::histogram:
                add_histogram(into, point);
                break;
            case InstrumentKind::gauge:
                into.value = point.value;
                break;
            case InstrumentKind::counter:
            case InstrumentKind::up_down_counter:
                into.value += point.value;
                break;
        }
    }
    return merged;
}

}  // namespace tw::telemetry
