#include "services/console/query/compile.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/query/scanner.hpp"

#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::console {
namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();

struct FieldName {
    std::string_view name;
    Field field;
};

constexpr FieldName kFields[] = {
    {"service", Field::service},
    {"name", Field::name},
    {"kind", Field::kind},
    {"status", Field::status},
    {"duration", Field::duration},
    {"event", Field::event},
    {"severity", Field::severity},
    {"trace_id", Field::trace_id},
    {"span_id", Field::span_id},
    {"trace.duration", Field::trace_duration},
    {"trace.spans", Field::trace_spans},
    {"trace.service", Field::trace_service},
};

/// A word that stands for some numbers.
struct NamedRange {
    std::string_view name;
    Range range;
};

constexpr NamedRange kKinds[] = {
    {"unspecified", {0, 0}}, {"internal", {1, 1}}, {"server", {2, 2}},
    {"client", {3, 3}},      {"producer", {4, 4}}, {"consumer", {5, 5}},
};
constexpr NamedRange kStatuses[] = {{"unset", {0, 0}}, {"ok", {1, 1}}, {"error", {2, 2}}};
constexpr NamedRange kSeverities[] = {
    {"trace", {1, 4}}, {"debug", {5, 8}}, {"info", {9, 12}}, {"warn", {13, 16}}, {"error", {17, 20}}, {"fatal", {21, 24}},
};

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

constexpr Unit kUnits[] = {
    {"ns", 1},
    {"us", 1'000},
    {"µs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
};
constexpr std::string_view kUnitList = "ns us ms s m h";

/// Compiles one term. Errors name the place of the value that they are about.
class TermCompiler {
 public:
    TermCompiler(std::string_view query, const ScannedTerm& scanned) : query_{query}, scanned_{scanned} {}

    Result<Term> compile() {
        term_.comparison = scanned_.comparison;
        term_.negative = scanned_.negative != (scanned_.comparison == Comparison::unequal);
        if (term_.comparison == Comparison::unequal) term_.comparison = Comparison::equal;
        term_.written_key = scanned_.key;
        auto read = read_values();
        if (!read) return std::move(read).error();
        return std::move(term_);
    }

 private:
    Result<void> read_values() {
        if (scanned_.key.empty()) return bare_word();
        choose_field();
        switch (term_.field) {
            case Field::kind:
                return named("kind", kKinds);
            case Field::status:
                return named("status", kStatuses);
            case Field::severity:
                return severity();
            case Field::duration:
            case Field::trace_duration:
                return each_range([this](const ScannedText& value) { return duration(value); });
            case Field::trace_spans:
                return each_range([this](const ScannedText& value) { return whole_number(value); });
            case Field::attribute:
            case Field::resource:
                if (term_.comparison != Comparison::equal) return ordered_attribute();
                break;
            default:
                if (term_.comparison != Comparison::equal) return fail_order();
        }
        add_alternatives();
        return {};
    }

    void add_alternatives() {
        const bool id = term_.field == Field::trace_id || term_.field == Field::span_id;
        const bool typed = term_.field == Field::attribute || term_.field == Field::resource;
        for (const auto& value : scanned_.values) {
            const auto number = typed && value.parts.size() == 1 ? read_number(value.parts.front()) : std::nullopt;
            term_.alternatives.push_back({Pattern{value.parts, id ? LetterCase::ignored : LetterCase::matters}, number});
        }
    }

    Result<void> bare_word() {
        const auto& first = scanned_.values.front();
        if (scanned_.values.size() == 1 && !first.quoted && first.written == "error") {
            term_.field = Field::error;
            return {};
        }
        for (const auto& value : scanned_.values) {
            term_.alternatives.push_back({Pattern::containing(value.parts, LetterCase::ignored), std::nullopt});
        }
        return {};
    }

    void choose_field() {
        static constexpr std::string_view kResource = "resource.";
        term_.field = Field::attribute;
        term_.key = scanned_.key;
        for (const auto& [name, field] : kFields) {
            if (scanned_.key == name) term_.field = field;
        }
        if (scanned_.key.starts_with(kResource) && scanned_.key.size() > kResource.size()) {
            term_.field = Field::resource;
            term_.key = scanned_.key.substr(kResource.size());
        }
    }

    Error fail(std::string_view place, std::string detail) const { return bad_query(query_, place, std::move(detail)); }

    Error fail_order() const {
        return fail(scanned_.written_key, fmt::format("\"{}\" cannot be compared by order; write : = or !=", scanned_.key));
    }

    /// The one value of a comparison by order.
    Result<const ScannedText*> single_value() const {
        const auto& value = scanned_.values.front();
        if (scanned_.values.size() > 1) return fail(value.written, "one value was expected; alternatives take : = or !=");
        if (value.parts.size() > 1) return fail(value.written, "a number was expected; a star takes : = or !=");
        return &value;
    }

    /// Adds the numbers that compare with `point` as the term says.
    void add_range(Range point) {
        switch (term_.comparison) {
            case Comparison::less:
                term_.ranges.push_back({kLeast, point.low == kLeast ? kLeast : point.low - 1});
                break;
            case Comparison::less_equal:
                term_.ranges.push_back({kLeast, point.high});
                break;
            case Comparison::greater:
                term_.ranges.push_back({point.high == kGreatest ? kGreatest : point.high + 1, kGreatest});
                break;
            case Comparison::greater_equal:
                term_.ranges.push_back({point.low, kGreatest});
                break;
            default:
                term_.ranges.push_back(point);
        }
    }

    template <class Read>
    Result<void> each_range(Read read) {
        if (term_.comparison != Comparison::equal) {
            if (auto single = single_value(); !single) return std::move(single).error();
        }
        for (const auto& value : scanned_.values) {
            const auto number = read(value);
            if (!number) return number.error();
            add_range({*number, *number});
        }
        return {};
    }

    Result<std::int64_t> whole_number(const ScannedText& value) const {
        const auto number = value.parts.size() == 1 ? read_number(value.parts.front()) : std::nullopt;
        if (number && number->integer) return *number->integer;
        return fail(value.written, fmt::format("a whole number was expected, not \"{}\"", value.written));
    }

    Result<std::int64_t> duration(const ScannedText& value) const {
        const std::string_view text = value.parts.front();
        const auto digits = text.find_first_not_of("0123456789.");
        const auto number = value.parts.size() == 1 ? read_number(text.substr(0, digits)) : std::nullopt;
        if (!number) return fail(value.written, fmt::format("a duration such as 200ms was expected, not \"{}\"", value.written));
        const auto unit = digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
        if (unit.empty()) return fail(value.written, fmt::format("\"{}\" has no unit: {}", text, kUnitList));
        for (const auto& [name, nanoseconds] : kUnits) {
            if (unit != name) continue;
            const double product = number->value * static_cast<double>(nanoseconds);
            // From 2^63 on, no duration is as long.
            return product < 9.2e18 ? std::llround(product) : kGreatest;
        }
        return fail(value.written, fmt::format("\"{}\" is no unit: {}", unit, kUnitList));
    }

    /// Values are names of a list, in which stars are allowed.
    Result<void> named(std::string_view what, std::span<const NamedRange> names) {
        if (term_.comparison != Comparison::equal) return fail_order();
        for (const auto& value : scanned_.values) {
            if (!add_named(value, names)) return fail_name(value, what, names);
        }
        return {};
    }

    bool add_named(const ScannedText& value, std::span<const NamedRange> names) {
        const Pattern pattern{value.parts, LetterCase::ignored};
        bool found = false;
        for (const auto& [name, range] : names) {
            if (!pattern.matches(name)) continue;
            add_range(range);
            found = true;
        }
        return found;
    }

    Error fail_name(const ScannedText& value, std::string_view what, std::span<const NamedRange> names) const {
        std::vector<std::string_view> listed;
        for (const auto& [name, range] : names) listed.push_back(name);
        return fail(value.written, fmt::format("\"{}\" is no {}: {}", value.written, what, fmt::join(listed, " ")));
    }

    /// A severity is a name, or a number as OTLP has it.
    Result<void> severity() {
        if (term_.comparison != Comparison::equal) {
            if (auto single = single_value(); !single) return std::move(single).error();
        }
        for (const auto& value : scanned_.values) {
            const auto number = value.parts.size() == 1 ? read_number(value.parts.front()) : std::nullopt;
            if (number && number->integer) {
                add_range({*number->integer, *number->integer});
            } else if (!add_named(value, kSeverities)) {
                return fail_name(value, "severity", kSeverities);
            }
        }
        return {};
    }

    Result<void> ordered_attribute() {
        const auto value = single_value();
        if (!value) return value.error();
        const auto number = read_number((*value)->parts.front());
        if (!number) {
            return fail((*value)->written,
                        fmt::format("a number was expected, not \"{}\"; put text with an operator in quotes", (*value)->written));
        }
        term_.number = *number;
        return {};
    }

    std::string_view query_;
    const ScannedTerm& scanned_;
    Term term_;
};

}  // namespace

std::optional<Number> read_number(std::string_view text) {
    Number number;
    const auto* const end = text.data() + text.size();
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc{} && read.ptr == end) {
        number.integer = integer;
        number.value = static_cast<double>(integer);
        return number;
    }
    const auto read = std::from_chars(text.data(), end, number.value);
    if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(number.value)) return std::nullopt;
    return number;
}

Result<std::vector<Term>> compile_query(std::string_view text) {
    auto scanned = scan_query(text);
    if (!scanned) return std::move(scanned).error();
    std::vector<Term> terms;
    for (const auto& each : *scanned) {
        auto term = TermCompiler{text, each}.compile();
        if (!term) return std::move(term).error();
        terms.push_back(std::move(*term));
    }
    return terms;
}

}  // namespace tw::console
