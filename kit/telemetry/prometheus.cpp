#include "kit/telemetry/prometheus.hpp"

#include "kit/base/encoding.hpp"
#include "kit/telemetry/prometheus/prometheus_name.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace tw::telemetry {
namespace {

constexpr std::string_view kServiceName = "service.name";

void append_number(std::string& out, double number) {
    if (std::isnan(number)) {
        out += "NaN";
    } else if (std::isinf(number)) {
        out += number > 0 ? "+Inf" : "-Inf";
    } else {
        fmt::format_to(std::back_inserter(out), "{}", number);
    }
}

/// Escapes a quoted text. In the older format help texts are not quoted.
void append_escaped(std::string& out, std::string_view text, bool quotes = true) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string to_text(const MetricValue& value) {
    struct Text {
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const {
            std::string out;
            append_number(out, number);
            return out;
        }
    };
    return std::visit(Text{}, value);
}

/// Writes `name="value"` pairs with commas between them. If several keys become the same label,
/// their values are joined, as the specification says.
std::string label_list(const MetricAttributes& attributes, std::string_view service) {
    std::map<std::string, std::string> labels;
    for (const auto& [key, value] : attributes) {
        if (key == kServiceName) continue;
        const auto [place, added] = labels.try_emplace(prometheus_label(key), to_text(value));
        if (!added) (place->second += ';') += to_text(value);
    }
    std::string out = "service_name=\"";
    append_escaped(out, service);
    out += '"';
    for (const auto& [label, value] : labels) {
        ((out += ',') += label) += "=\"";
        append_escaped(out, value);
        out += '"';
    }
    return out;
}

/// One metric family: an instrument of one service or of several.
struct Family {
    PrometheusName name;
    const Instrument* instrument;
    struct Series {
        std::string labels;
        const MetricPoint* point;
    };
    std::vector<Series> series;
};

class Page {
 public:
    explicit Page(PrometheusFormat format) : open_{format == PrometheusFormat::openmetrics} {}

    void targets(std::span<const ServiceMetrics> services) {
        const std::string_view family = open_ ? "target" : "target_info";
        head(family, "What produced the metrics.", open_ ? "info" : "gauge", {});
        for (const auto& service : services) {
            const auto labels = label_list(service.resource->attributes(), service.resource->text(kServiceName));
            fmt::format_to(std::back_inserter(out_), "target_info{{{}}} 1\n", labels);
        }
    }

    void family(const Family& family) {
        const auto& instrument = *family.instrument;
        const bool counter = instrument.kind == InstrumentKind::counter;
        const auto sample = counter ? family.name.family + "_total" : family.name.family;
        const auto* const type = instrument.kind == InstrumentKind::histogram ? "histogram" : counter ? "counter" : "gauge";
        head(open_ ? family.name.family : sample, instrument.description, type, family.name.unit);
        for (const auto& [labels, point] : family.series) {
            if (instrument.kind == InstrumentKind::histogram) {
                histogram(family.name.family, labels, *point);
            } else {
                fmt::format_to(std::back_inserter(out_), "{}{{{}}} ", sample, labels);
                append_number(out_, point->value);
                out_ += '\n';
            }
        }
    }

    std::string take() {
        if (open_) out_ += "# EOF\n";
        return std::move(out_);
    }

 private:
    void head(std::string_view name, std::string_view help, std::string_view type, std::string_view unit) {
        fmt::format_to(std::back_inserter(out_), "# HELP {} ", name);
        append_escaped(out_, help, open_);
        fmt::format_to(std::back_inserter(out_), "\n# TYPE {} {}\n", name, type);
        if (open_ && !unit.empty()) fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", name, unit);
    }

    void histogram(std::string_view name, std::string_view labels, const MetricPoint& point) {
        const auto bounds = point.instrument->bounds;
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < point.buckets.size(); ++i) {
            below += point.buckets[i];
            fmt::format_to(std::back_inserter(out_), "{}_bucket{{{},le=\"", name, labels);
            if (i < bounds.size()) {
                append_bound(bounds[i]);
            } else {
                out_ += "+Inf";
            }
            fmt::format_to(std::back_inserter(out_), "\"}} {}", below);
            if (open_ && point.exemplars[i].set()) exemplar(point.exemplars[i]);
            out_ += '\n';
        }
        fmt::format_to(std::back_inserter(out_), "{}_count{{{}}} {}\n{}_sum{{{}}} ", name, labels, below, name, labels);
        append_number(out_, point.sum);
        out_ += '\n';
    }

    /// OpenMetrics requires that a bound looks like a float ("1.0"), so that each bound has one
    /// form only.
    void append_bound(double bound) {
        append_number(out_, bound);
        if (open_ && bound == std::floor(bound) && std::abs(bound) < 1e16) out_ += ".0";
    }

    void exemplar(const Exemplar& exemplar) {
        std::array<char, 32> trace{};
        std::array<char, 16> span{};
        write_hex(exemplar.trace_id, trace.data());
        write_hex(exemplar.span_id, span.data());
        fmt::format_to(std::back_inserter(out_), " # {{trace_id=\"{}\",span_id=\"{}\"}} ",
                       std::string_view{trace.data(), trace.size()}, std::string_view{span.data(), span.size()});
        append_number(out_, exemplar.value);
        constexpr std::int64_t kMicros = 1'000'000;
        const auto when = exemplar.when.unix_micros();
        fmt::format_to(std::back_inserter(out_), " {}.{:06}", when / kMicros, when % kMicros);
    }

    bool open_;
    std::string out_;
};

}  // namespace

std::string_view content_type(PrometheusFormat format) {
    return format == PrometheusFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                   : "text/plain; version=0.0.4; charset=utf-8";
}

std::string prometheus_page(std::span<const ServiceMetrics> services, PrometheusFormat format) {
    // The series of a family are written together, whichever service they come from.
    std::map<std::string, Family> families;
    for (const auto& service : services) {
        const auto name_of_service = service.resource->text(kServiceName);
        for (const auto& point : service.points) {
            auto name = prometheus_name(*point.instrument);
            auto& family = families.try_emplace(name.family, Family{name, point.instrument, {}}).first->second;
            if (family.instrument->kind != point.instrument->kind) continue;
            if (!std::ranges::equal(family.instrument->bounds, point.instrument->bounds)) continue;
            family.series.push_back({label_list(point.attributes, name_of_service), &point});
        }
    }
    Page page{format};
    page.targets(services);
    for (const auto& [name, family] : families) page.family(family);
    return page.take();
}

}  // namespace tw::telemetry
