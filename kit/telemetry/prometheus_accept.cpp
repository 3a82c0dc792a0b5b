#include "kit/telemetry/prometheus_accept.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tw::telemetry {
namespace {

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the text before `separator` off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
    const auto end = std::min(rest.find(separator), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return trim(part);
}

/// One element of an Accept field, such as "text/plain;version=0.0.4;q=0.5".
struct Preference {
    std::string_view name;
    std::string_view version;
    double quality = 1;
};

Preference parse(std::string_view element) {
    Preference result{.name = cut(element, ';')};
    while (!element.empty()) {
        auto value = cut(element, ';');
        const auto key = cut(value, '=');
        if (key == "version") {
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
            result.version = value;
        } else if (key == "q") {
            result.quality = 0;  // a value that is no number means "not wanted"
            std::from_chars(value.data(), value.data() + value.size(), result.quality);
        }
    }
    return result;
}

template <class Use>
void for_each_preference(std::string_view list, Use use) {
    while (!list.empty()) {
        const auto element = cut(list, ',');
        if (!element.empty()) use(parse(element));
    }
}

}  // namespace

PrometheusFormat choose_prometheus_format(std::string_view accept) {
    const auto lower = ascii_lower(accept);
    double openmetrics = 0;
    std::optional<double> text;
    double anything = 0;
    for_each_preference(lower, [&](const Preference& wish) {
        if (wish.name == "application/openmetrics-text") {
            // Version 0.0.1 was the draft of 1.0.0. Its readers accept the final version.
            if (wish.version.empty() || wish.version == "1.0.0" || wish.version == "0.0.1")
                openmetrics = std::max(openmetrics, wish.quality);
        } else if (wish.name == "text/plain") {
            if (wish.version.empty() || wish.version == "0.0.4") text = std::max(text.value_or(0), wish.quality);
        } else if (wish.name == "*/*" || wish.name == "text/*") {
            anything = std::max(anything, wish.quality);
        }
    });
    return openmetrics > 0 && openmetrics >= text.value_or(anything) ? PrometheusFormat::openmetrics : PrometheusFormat::text;
}

bool accepts_gzip(std::string_view accept_encoding) {
    const auto lower = ascii_lower(accept_encoding);
    std::optional<double> gzip;
    double anything = 0;
    for_each_preference(lower, [&](const Preference& wish) {
        if (wish.name == "gzip" || wish.name == "x-gzip") gzip = wish.quality;
        if (wish.name == "*") anything = wish.quality;
    });
    return gzip.value_or(anything) > 0;
}

}  // namespace tw::telemetry
