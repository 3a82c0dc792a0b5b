#pragma once

#include "kit/async/trace_context.hpp"

#include <array>
#include <optional>
#include <string_view>

/// Zipkin's B3 (github.com/openzipkin/b3-propagation), as OpenTelemetry asks for it (specification, "B3 Requirements"): ids of 64
/// bits are padded with zeros on the left, debug is passed on and means sampled, the parent's id is read over.
///
/// A request without a decision counts as accepted. A mere "deny", without ids, begins a trace that is not recorded; a mere
/// "accept" or "debug" leaves the decision to the sampler.
namespace tw::telemetry {

/// Reads a `b3` field: "{trace}-{span}", "{trace}-{span}-{state}", "{trace}-{span}-{state}-{parent}" or "{state}", where the
/// state is 0, 1 or d. Nothing for anything else.
std::optional<TraceContext> parse_b3(std::string_view field);

/// The `x-b3-` fields; empty ones were not sent.
struct B3Fields {
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view sampled;
    std::string_view flags;
};
std::optional<TraceContext> parse_b3(const B3Fields& fields);

/// A `b3` field, of which the parts are the values of the `x-b3-` fields. `trace` is valid.
struct B3Text {
    explicit B3Text(const TraceContext& trace);
    /// For whoever needs one only under conditions.
    B3Text() = default;

    std::string_view single() const { return {text.data(), text.size()}; }
    std::string_view trace_id() const { return single().substr(0, 32); }
    std::string_view span_id() const { return single().substr(33, 16); }
    /// 0, 1 or d.
    std::string_view state() const { return single().substr(50, 1); }

    std::array<char, 51> text;
};

}  // namespace tw::telemetry
