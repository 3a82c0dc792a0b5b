#include "kit/telemetry/propagators.hpp"

#include "kit/telemetry/baggage.hpp"

#include <algorithm>
#include <utility>

namespace tw::telemetry {
namespace {

std::optional<TraceContext> extract_tracecontext(const FieldSource& fields) {
    std::string joined;
    const auto parent = fields.get("traceparent", joined);
    if (parent.empty()) return std::nullopt;
    std::string joined_state;
    return parse_traceparent(parent, fields.get("tracestate", joined_state));
}

/// Reads both forms of B3, whichever of them is sent. The single field is preferred.
std::optional<TraceContext> extract_b3(const FieldSource& fields) {
    std::array<std::string, 4> joined;
    if (const auto single = fields.get("b3", joined[0]); !single.empty()) return parse_b3(single);
    const B3Fields multi{.trace_id = fields.get("x-b3-traceid", joined[0]),
                         .span_id = fields.get("x-b3-spanid", joined[1]),
                         .sampled = fields.get("x-b3-sampled", joined[2]),
                         .flags = fields.get("x-b3-flags", joined[3])};
    return parse_b3(multi);
}

/// Whether the text can be sent as one field. Anybody can set baggage, and it must not become two
/// fields.
bool is_sendable(std::string_view baggage) {
    return baggage.size() <= Baggage::kBytesMax &&
           std::ranges::all_of(baggage, [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; });
}

}  // namespace

Propagators::Propagators(std::span<const Propagator> chosen) : count_{0}, set_{0} {
    order_ = {};
    for (const auto propagator : chosen) {
        if (has(propagator)) continue;
        order_[count_++] = propagator;
        set_ |= bit(propagator);
    }
}

std::optional<TraceContext> Propagators::extract_trace(const FieldSource& fields) const {
    std::optional<TraceContext> trace;
    bool b3_done = false;
    for (const auto propagator : std::span{order_}.first(count_)) {
        if (propagator == Propagator::baggage) continue;
        const bool b3 = propagator != Propagator::tracecontext;
        if (b3 && std::exchange(b3_done, true)) continue;
        if (auto found = b3 ? extract_b3(fields) : extract_tracecontext(fields)) trace = std::move(found);
    }
    if (trace) trace->remote = true;
    return trace;
}

std::string Propagators::extract_baggage(const FieldSource& fields) const {
    if (!has(Propagator::baggage)) return {};
    std::string joined;
    const auto field = fields.get("baggage", joined);
    return field.empty() ? std::string{} : clean_baggage(field);
}

InjectedFields::InjectedFields(const Propagators& propagators, const CallContext& ctx) {
    if (ctx.trace().valid()) add_trace(propagators, ctx.trace());
    if (!propagators.has(Propagator::baggage)) return;
    if (const auto& baggage = ctx.attributes().baggage; !baggage.empty() && is_sendable(baggage)) add("baggage", baggage);
}

void InjectedFields::add_trace(const Propagators& propagators, const TraceContext& trace) {
    if (propagators.has(Propagator::tracecontext)) {
        write_traceparent(trace, traceparent_.data());
        add("traceparent", {traceparent_.data(), traceparent_.size()});
        if (trace.state) add("tracestate", *trace.state);
    }
    const bool single = propagators.has(Propagator::b3);
    const bool multi = propagators.has(Propagator::b3multi);
    if (!single && !multi) return;
    b3_ = B3Text{trace};
    if (single) add("b3", b3_.single());
    if (!multi) return;
    add("x-b3-traceid", b3_.trace_id());
    add("x-b3-spanid", b3_.span_id());
    if (trace.debug) {
        add("x-b3-flags", "1");  // debug implies sampled, so x-b3-sampled is not sent
    } else {
        add("x-b3-sampled", b3_.state());
    }
}

}  // namespace tw::telemetry
