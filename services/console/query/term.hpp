#pragma once

#include "services/console/query/pattern.hpp"
#include "services/console/record.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// What a term of a query looks at. The order is the one in which terms are tried: cheap ones come
/// first.
enum class Field : std::uint8_t {
    status,
    kind,
    severity,
    duration,
    error,
    service,
    name,
    span_id,
    trace_id,
    event,
    attribute,
    resource,
    /// A bare word, which may be in several places.
    text,
    trace_duration,
    trace_spans,
    trace_service,
};

enum class Comparison : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };

/// A number as somebody wrote it. Integers are compared exactly.
struct Number {
    double value = 0;
    std::optional<std::int64_t> integer;
};

/// The number that the whole text is; nothing for any other text, and for "nan" and "inf".
std::optional<Number> read_number(std::string_view text);

/// Whole numbers from `low` to `high`, both included.
struct Range {
    std::int64_t low = std::numeric_limits<std::int64_t>::min();
    std::int64_t high = std::numeric_limits<std::int64_t>::max();

    bool holds(std::int64_t value) const { return low <= value && value <= high; }
};

/// One of the texts that a term accepts.
struct Alternative {
    Pattern pattern;
    /// The number that the text is, if it is one. Attributes that are numbers are compared with it.
    std::optional<Number> number;
};

/// One term of a query.
struct Term {
    Field field = Field::text;
    bool negative = false;
    Comparison comparison = Comparison::equal;
    /// The attribute's key, without "resource.".
    std::string key;
    /// The key as the query has it.
    std::string written_key;
    /// For fields that are texts.
    std::vector<Alternative> alternatives;
    /// For fields that are whole numbers: duration, kind, status, severity, trace.spans.
    std::vector<Range> ranges;
    /// For attributes that are compared by order.
    Number number;

    /// Whether the term speaks of the trace as a whole.
    bool of_trace() const { return field >= Field::trace_duration; }
};

/// Whether a positive form of the term holds. The term is not one of the trace.
bool holds(const Term& term, const SpanRecord& span);
bool holds(const Term& term, const LogEntry& log);
/// Whether a positive form of the term holds, which is one of the trace.
bool holds_for_trace(const Term& term, std::span<const SpanRecord> trace);

}  // namespace tw::console
