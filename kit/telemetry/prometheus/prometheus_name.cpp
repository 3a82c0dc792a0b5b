#include "kit/telemetry/prometheus/prometheus_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::telemetry {
namespace {

struct UnitWord {
    std::string_view symbol;  ///< UCUM
    std::string_view word;
};
constexpr std::array kUnits{
    UnitWord{"d", "days"},          UnitWord{"h", "hours"},         UnitWord{"min", "minutes"},    UnitWord{"s", "seconds"},
    UnitWord{"ms", "milliseconds"}, UnitWord{"us", "microseconds"}, UnitWord{"ns", "nanoseconds"}, UnitWord{"By", "bytes"},
    UnitWord{"KiBy", "kibibytes"},  UnitWord{"MiBy", "mebibytes"},  UnitWord{"GiBy", "gibibytes"}, UnitWord{"kBy", "kilobytes"},
    UnitWord{"MBy", "megabytes"},   UnitWord{"GBy", "gigabytes"},   UnitWord{"Cel", "celsius"},    UnitWord{"Hz", "hertz"},
    UnitWord{"%", "percent"},       UnitWord{"V", "volts"},         UnitWord{"A", "amperes"},      UnitWord{"J", "joules"},
    UnitWord{"W", "watts"},         UnitWord{"g", "grams"},         UnitWord{"m", "meters"}};
/// The words for units after "per", in the singular.
constexpr std::array kPerUnits{UnitWord{"s", "second"}, UnitWord{"m", "minute"}, UnitWord{"h", "hour"}, UnitWord{"d", "day"},
                               UnitWord{"w", "week"},   UnitWord{"mo", "month"}, UnitWord{"y", "year"}};

template <std::size_t N>
std::string_view word_of(std::string_view symbol, const std::array<UnitWord, N>& words) {
    const auto found = std::ranges::find(words, symbol, &UnitWord::symbol);
    return found == words.end() ? symbol : found->word;
}

bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Replaces each run of other characters and underscores by one underscore.
std::string clean(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const char next = is_word_character(c) ? c : '_';
        if (next != '_' || !result.ends_with('_')) result += next;
    }
    if (!result.empty() && result.front() >= '0' && result.front() <= '9') result.insert(0, 1, '_');
    return result;
}

/// Removes annotations: "{request}" says what is counted, not the unit of measurement.
std::string without_annotations(std::string_view unit) {
    std::string result;
    bool inside = false;
    for (const char c : unit) {
        if (c == '{') inside = true;
        if (!inside) result += c;
        if (c == '}') inside = false;
    }
    return result;
}

std::string trimmed(std::string text) {
    while (text.ends_with('_')) text.pop_back();
    while (text.starts_with('_')) text.erase(0, 1);
    return text;
}

std::string unit_word(const Instrument& instrument) {
    const auto unit = without_annotations(instrument.unit);
    // For gauges Prometheus calls the unit "1" a ratio. For other instruments "1" means nothing.
    if (unit == "1") return instrument.kind == InstrumentKind::gauge ? "ratio" : "";
    const auto slash = unit.find('/');
    if (slash == std::string::npos) return trimmed(clean(word_of(unit, kUnits)));
    const auto above = std::string_view{unit}.substr(0, slash);
    const auto below = std::string_view{unit}.substr(slash + 1);
    if (below.empty()) return trimmed(clean(word_of(above, kUnits)));
    return trimmed(clean(std::string{word_of(above, kUnits)} + "_per_" + std::string{word_of(below, kPerUnits)}));
}

bool ends_with_word(std::string_view name, std::string_view word) {
    return name == word || (name.ends_with(word) && name[name.size() - word.size() - 1] == '_');
}

}  // namespace

PrometheusName prometheus_name(const Instrument& instrument) {
    PrometheusName result{clean(instrument.name), unit_word(instrument)};
    constexpr std::string_view kTotal = "_total";
    if (instrument.kind == InstrumentKind::counter && result.family.ends_with(kTotal)) {
        result.family.resize(result.family.size() - kTotal.size());
    }
    // These endings are reserved for histograms. promtool and OpenMetrics readers refuse them
    // elsewhere.
    for (const std::string_view reserved : {"_count", "_sum", "_bucket"}) {
        if (instrument.kind != InstrumentKind::histogram && result.family.ends_with(reserved)) {
            result.family.resize(result.family.size() - reserved.size());
        }
    }
    if (!result.unit.empty() && !ends_with_word(result.family, result.unit)) (result.family += '_') += result.unit;
    return result;
}

std::string prometheus_label(std::string_view key) { return clean(key); }

}  // namespace tw::telemetry
