#include "services/console/jaeger/trace_search.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr int kLimitByDefault = 100;
constexpr int kLimitMax = 1'500;
constexpr std::size_t kTraceIdDigits = 32;

/// A text in quotes, in which stars are stars.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '*') out += '\\';
        out += c;
    }
    return out + '"';
}

/// Tags that Jaeger makes of a span's parts, and their names in a query. "error" is one of them.
std::string term_of_tag(std::string_view key, std::string_view value) {
    if (key == "error") return value == "true" ? "error" : "-error";
    if (key == "span.kind") return exact_term("kind", value);
    if (key == "otel.status_code") return exact_term("status", value);
    return exact_term(key, value);
}

struct GoUnit {
    std::string_view name;
    double nanoseconds;
};

/// Longer names come before those that they begin with.
constexpr GoUnit kGoUnits[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}};

/// Reads a duration as Go writes it, such as "1m30s" or "1.5ms".
std::optional<std::int64_t> go_duration_ns(std::string_view text) {
    double sum = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (read.ec != std::errc{} || number < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        const auto unit = std::ranges::find_if(kGoUnits, [&](const GoUnit& each) { return text.starts_with(each.name); });
        if (unit == std::end(kGoUnits)) return std::nullopt;
        text.remove_prefix(unit->name.size());
        sum += number * unit->nanoseconds;
    }
    if (!(sum < 9e18)) return std::nullopt;
    return std::llround(sum);
}

/// Collects the terms of a query.
class SearchTerms {
 public:
    explicit SearchTerms(const UrlParameters& parameters) : parameters_{parameters} {}

    Result<std::string> read() {
        add(exact_term("service", parameters_.first("service")));
        if (const auto operation = parameters_.first("operation"); !operation.empty()) add(exact_term("name", operation));
        if (auto added = add_duration("minDuration", ">="); !added) return std::move(added).error();
        if (auto added = add_duration("maxDuration", "<="); !added) return std::move(added).error();
        if (auto added = add_simple_tags(); !added) return std::move(added).error();
        if (auto added = add_json_tags(); !added) return std::move(added).error();
        return std::move(query_);
    }

 private:
    void add(const std::string& term) {
        if (!query_.empty()) query_ += ' ';
        query_ += term;
    }

    Result<void> add_duration(std::string_view name, std::string_view comparison) {
        const auto text = parameters_.first(name);
        if (text.empty()) return {};
        const auto duration = go_duration_ns(text);
        if (!duration) return invalid(fmt::format("/{}", name), fmt::format("\"{}\" is no duration", text));
        add(fmt::format("duration{}{}ns", comparison, *duration));
        return {};
    }

    Result<void> add_simple_tags() {
        for (const auto tag : parameters_.all("tag")) {
            const auto colon = tag.find(':');
            if (colon == std::string_view::npos || colon == 0) return invalid("/tag", "key:value was expected");
            add(term_of_tag(tag.substr(0, colon), tag.substr(colon + 1)));
        }
        return {};
    }

    Result<void> add_json_tags() {
        for (const auto text : parameters_.all("tags")) {
            boost::system::error_code problem;
            const auto parsed = boost::json::parse(text, problem);
            if (problem || !parsed.is_object()) return invalid("/tags", "a JSON object was expected");
            for (const auto& [key, value] : parsed.get_object()) {
                if (value.is_object() || value.is_array() || value.is_null() || key.empty()) {
                    return invalid("/tags", "a text, a number or a truth value was expected");
                }
                add(term_of_tag(key, value.is_string() ? std::string{value.get_string()} : boost::json::serialize(value)));
            }
        }
        return {};
    }

    const UrlParameters& parameters_;
    std::string query_;
};

}  // namespace

std::string exact_term(std::string_view key, std::string_view value) { return quoted(key) + ":" + quoted(value); }

Result<std::int64_t> read_whole_number(std::string_view name, std::string_view text, std::int64_t otherwise) {
    if (text.empty()) return otherwise;
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec == std::errc{} && read.ptr == end && number >= 0) return number;
    return invalid(fmt::format("/{}", name), fmt::format("\"{}\" is no whole number", text));
}

Result<std::string> read_trace_id(std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    auto id = ascii_lower(text);
    if (id.empty() || id.size() > kTraceIdDigits || id.find_first_not_of(kDigits) != std::string::npos) {
        return invalid("/traceID", "1 to 32 hexadecimal digits were expected");
    }
    id.insert(0, kTraceIdDigits - id.size(), '0');
    return id;
}

Result<JaegerSearch> read_search(const UrlParameters& parameters) {
    JaegerSearch search;
    for (const auto text : parameters.all("traceID")) {
        auto id = read_trace_id(text);
        if (!id) return std::move(id).error();
        search.trace_ids.push_back(std::move(*id));
    }
    if (!search.trace_ids.empty()) return search;
    if (parameters.first("service").empty()) return invalid("", "parameter 'service' is required");
    auto query = SearchTerms{parameters}.read();
    if (!query) return std::move(query).error();
    const auto from_us = read_whole_number("start", parameters.first("start"), 0);
    if (!from_us) return from_us.error();
    const auto to_us = read_whole_number("end", parameters.first("end"), 0);
    if (!to_us) return to_us.error();
    const auto limit = read_whole_number("limit", parameters.first("limit"), kLimitByDefault);
    if (!limit) return limit.error();
    search.request.set_q(std::move(*query));
    search.request.set_from_us(*from_us);
    search.request.set_to_us(*to_us);
    search.limit = static_cast<int>(std::clamp<std::int64_t>(*limit, 1, kLimitMax));
    return search;
}

}  // namespace tw::console
