#include "kit/telemetry/propagation/b3.hpp"

#include "kit/base/random.hpp"
#include "kit/telemetry/propagation/propagation_text.hpp"
#include "kit/telemetry/trace_ids.hpp"

namespace tw::telemetry {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kShortTraceDigits = 16;
constexpr std::size_t kSpanDigits = 16;

enum class Decision : std::uint8_t { deferred, deny, accept, debug };

std::optional<Decision> decision_of(std::string_view state) {
    if (state == "0") return Decision::deny;
    if (state == "1") return Decision::accept;
    if (state == "d") return Decision::debug;
    return std::nullopt;
}

/// Returns the decision of the `x-b3-` fields. Before B3 was specified some senders used words.
std::optional<Decision> decision_of(const B3Fields& fields) {
    if (fields.flags == "1") return Decision::debug;
    if (fields.sampled.empty()) return Decision::deferred;
    if (fields.sampled == "true") return Decision::accept;
    if (fields.sampled == "false") return Decision::deny;
    return decision_of(fields.sampled);
}

/// Makes a trace for a denial without ids, which concerns the trace that would begin here. The
/// trace gets ids, so that the denial reaches all services that are called. Nothing of it is
/// recorded, so nobody sees that its first span has an unknown parent.
TraceContext denied_trace() {
    Random random;
    TraceIds ids{random};
    TraceContext trace;
    ids.fill(trace.trace_id);
    ids.fill(trace.span_id);
    trace.flags = TraceContext::kRandom;
    return trace;
}

std::optional<TraceContext> make_trace(std::string_view trace_id, std::string_view span_id, Decision decision) {
    TraceContext trace;
    if (trace_id.size() == kShortTraceDigits) {
        const auto right = std::span{trace.trace_id}.last<kShortTraceDigits / 2>();
        if (!read_lower_hex(trace_id, right)) return std::nullopt;
    } else if (!read_lower_hex(trace_id, trace.trace_id)) {
        return std::nullopt;
    }
    if (!read_lower_hex(span_id, trace.span_id) || !trace.valid()) return std::nullopt;
    trace.debug = decision == Decision::debug;
    if (decision != Decision::deny) trace.flags = TraceContext::kSampled;
    return trace;
}

bool is_span_id(std::string_view text) {
    TraceContext::SpanId ignored;
    return read_lower_hex(text, ignored);
}

/// Reads the text after the two ids in the single field: "-decision" and "-parent", or nothing.
std::optional<Decision> decision_after_ids(std::string_view rest) {
    if (rest.empty()) return Decision::deferred;
    if (rest[0] != '-') return std::nullopt;
    const auto parent = rest.substr(std::min<std::size_t>(rest.size(), 2));
    if (!parent.empty() && (parent[0] != '-' || !is_span_id(parent.substr(1)))) return std::nullopt;
    return decision_of(rest.substr(1, 1));
}

}  // namespace

std::optional<TraceContext> parse_b3(std::string_view field) {
    if (field == "0") return denied_trace();
    // The length of each part is checked, so that an empty part, or a dash too many, is malformed.
    const auto trace_id = take_until('-', field);
    const auto span_id = field.substr(0, kSpanDigits);
    field.remove_prefix(span_id.size());
    const auto decision = decision_after_ids(field);
    if (!decision) return std::nullopt;
    return make_trace(trace_id, span_id, *decision);
}

std::optional<TraceContext> parse_b3(const B3Fields& fields) {
    const auto decision = decision_of(fields);
    if (!decision) return std::nullopt;
    if (fields.trace_id.empty() && fields.span_id.empty() && *decision == Decision::deny) return denied_trace();
    return make_trace(fields.trace_id, fields.span_id, *decision);
}

B3Text::B3Text(const TraceContext& trace) {
    write_hex(trace.trace_id, text.data());
    text[kTraceDigits] = '-';
    write_hex(trace.span_id, text.data() + kTraceDigits + 1);
    text[kTraceDigits + 1 + kSpanDigits] = '-';
    text.back() = trace.debug ? 'd' : trace.sampled() ? '1' : '0';
}

}  // namespace tw::telemetry
