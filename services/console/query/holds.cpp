#include "kit/base/encoding.hpp"
#include "services/console/query.hpp"
#include "services/console/query/term.hpp"

#include <algorithm>

namespace tw::console {
namespace {

constexpr int kStatusError = 2;
constexpr int kSeverityError = 17;

bool in_ranges(const Term& term, std::int64_t value) {
    return std::ranges::any_of(term.ranges, [value](const Range& range) { return range.holds(value); });
}

bool text_holds(const Term& term, std::string_view text) {
    return std::ranges::any_of(term.alternatives, [text](const Alternative& each) { return each.pattern.matches(text); });
}

template <std::size_t Size>
bool id_holds(const Term& term, const std::array<std::uint8_t, Size>& id) {
    char text[Size * 2];
    write_hex(id, text);
    return text_holds(term, {text, sizeof text});
}

/// Compares numbers. Two integers are compared exactly.
std::partial_ordering compare(const Number& left, const Number& right) {
    if (left.integer && right.integer) return *left.integer <=> *right.integer;
    return left.value <=> right.value;
}

std::optional<Number> number_of(const Attribute& attribute) {
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) return Number{static_cast<double>(*integer), *integer};
    if (const auto* number = std::get_if<double>(&attribute.value)) return Number{*number, std::nullopt};
    if (const auto* text = std::get_if<std::string_view>(&attribute.value)) return read_number(*text);
    return std::nullopt;
}

bool ordered_holds(const Term& term, const Attribute& attribute) {
    const auto number = number_of(attribute);
    if (!number) return false;
    const auto order = compare(*number, term.number);
    switch (term.comparison) {
        case Comparison::less:
            return order < 0;
        case Comparison::less_equal:
            return order <= 0;
        case Comparison::greater:
            return order > 0;
        default:
            return order >= 0;
    }
}

bool alternative_holds(const Alternative& alternative, const Attribute& attribute) {
    if (const auto* text = std::get_if<std::string_view>(&attribute.value)) return alternative.pattern.matches(*text);
    if (const auto* flag = std::get_if<bool>(&attribute.value)) return alternative.pattern.matches(*flag ? "true" : "false");
    if (alternative.number) return compare(*number_of(attribute), *alternative.number) == 0;
    if (alternative.pattern.exact() != nullptr) return false;
    return alternative.pattern.any() || alternative.pattern.matches(value_text(attribute));
}

bool attribute_holds(const Term& term, const AttributeVector& attributes) {
    return std::ranges::any_of(attributes, [&](const Attribute& attribute) {
        if (attribute.key != term.key) return false;
        if (term.comparison != Comparison::equal) return ordered_holds(term, attribute);
        return std::ranges::any_of(term.alternatives,
                                   [&](const Alternative& each) { return alternative_holds(each, attribute); });
    });
}

/// Whether some attribute whose value is text contains a bare word. Bytes are no text.
bool some_text_holds(const Term& term, const AttributeVector& attributes) {
    return std::ranges::any_of(attributes, [&](const Attribute& attribute) {
        const auto* text = std::get_if<std::string_view>(&attribute.value);
        return text != nullptr && attribute.type != ValueType::bytes && text_holds(term, *text);
    });
}

bool event_holds(const Term& term, const SpanRecord& span) {
    return std::ranges::any_of(span.events, [&](const SpanEvent& event) { return text_holds(term, event.name); });
}

}  // namespace

bool holds(const Term& term, const SpanRecord& span) {
    switch (term.field) {
        case Field::status:
            return in_ranges(term, span.status);
        case Field::kind:
            return in_ranges(term, span.kind);
        case Field::severity:
            return false;
        case Field::duration:
            return in_ranges(term, span.duration_ns());
        case Field::error:
            return span.status == kStatusError;
        case Field::service:
            return span.source != nullptr && text_holds(term, span.source->service);
        case Field::name:
            return text_holds(term, span.name);
        case Field::span_id:
            return id_holds(term, span.span_id);
        case Field::trace_id:
            return id_holds(term, span.trace_id);
        case Field::event:
            return event_holds(term, span);
        case Field::attribute:
            return attribute_holds(term, span.attributes);
        case Field::resource:
            return span.source != nullptr && attribute_holds(term, span.source->resource);
        case Field::text:
            return text_holds(term, span.name) || text_holds(term, span.status_message) || some_text_holds(term, span.attributes);
        default:
            return false;
    }
}

bool holds(const Term& term, const LogEntry& log) {
    switch (term.field) {
        case Field::severity:
            return in_ranges(term, log.severity);
        case Field::error:
            return log.severity >= kSeverityError;
        case Field::service:
            return log.source != nullptr && text_holds(term, log.source->service);
        case Field::name:
            return attribute_holds(term, log.attributes);
        case Field::span_id:
            return id_holds(term, log.span_id);
        case Field::trace_id:
            return id_holds(term, log.trace_id);
        case Field::event:
            return text_holds(term, log.event_name);
        case Field::attribute:
            return attribute_holds(term, log.attributes);
        case Field::resource:
            return log.source != nullptr && attribute_holds(term, log.source->resource);
        case Field::text:
            return text_holds(term, log.body) || text_holds(term, log.event_name) || some_text_holds(term, log.attributes);
        // Only spans and traces have these.
        default:
            return false;
    }
}

bool holds_for_trace(const Term& term, std::span<const SpanRecord> trace) {
    switch (term.field) {
        case Field::trace_spans:
            return in_ranges(term, static_cast<std::int64_t>(trace.size()));
        case Field::trace_duration: {
            if (trace.empty()) return false;
            const auto first = std::ranges::min(trace, {}, &SpanRecord::start_ns).start_ns;
            const auto last = std::ranges::max(trace, {}, &SpanRecord::end_ns).end_ns;
            return in_ranges(term, std::max<std::int64_t>(last - first, 0));
        }
        default:
            return std::ranges::any_of(
                trace, [&](const SpanRecord& span) { return span.source != nullptr && text_holds(term, span.source->service); });
    }
}

}  // namespace tw::console
