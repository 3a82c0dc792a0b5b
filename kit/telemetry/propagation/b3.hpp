#pragma once

#include "kit/async/trace_context.hpp"

#include <array>
#include <optional>
#include <string_view>

/// Zipkin's B3 (github.com/openzipkin/b3-propagation), as OpenTelemetry requires it (specification,
/// "B3 Requirements"). Ids of 64 bits are padded with zeros on the left. Debug is passed on and
/// means sampled. The parent's id is ignored.
///
/// A request without a decision counts as accepted. A "deny" without ids begins a trace that is not
/// recorded. An "accept" or "debug" without ids leaves the decision to the sampler.
namespace tw::telemetry {

/// Reads a `b3` field: "{trace}-{span}", "{trace}-{span}-{state}",
/// "{trace}-{span}-{state}-{parent}" or "{state}", where the state is 0, 1 or d. Returns nothing
/// for any other text.
std::optional<TraceContext> parse_b3(std::string_view field);

/// The values of the `x-b3-` fields. A field that was not sent is empty.
struct B3Fields {
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view sampled;
    std::string_view flags;
};
std::optional<TraceContext> parse_b3(const B3Fields& fields);

/// A `b3` field, whose parts are the values of the `x-b3-` fields. `trace` is valid.
struct B3Text {
    explicit B3Text(const TraceContext& trace);
    /// Makes an unset text, for callers that need one only under conditions.
    B3Text() = default;

    std::string_view single() const { return {text.data(), text.size()}; }
    std::string_view trace_id() const { return single().substr(0, 32); }
    std::string_view span_id() const { return single().substr(33, 16); }
    /// The state: 0, 1 or d.
    std::string_view state() const { return single().substr(50, 1); }

    std::array<char, 51> text;
};

}  // namespace tw::telemetry
