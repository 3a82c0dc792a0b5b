#include "kit/telemetry/propagation.hpp"

#include "kit/telemetry/propagation/propagation_text.hpp"
#include "kit/telemetry/propagation/tracestate.hpp"

namespace tw::telemetry {

std::optional<TraceContext> parse_traceparent(std::string_view traceparent, std::string_view tracestate) {
    const auto text = trim_blanks(traceparent);  // proxies may leave blanks around a value
    if (text.size() < kTraceparentLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;

    std::uint8_t version = 0;
    if (!read_lower_hex(text.substr(0, 2), {&version, 1}) || version == 0xFF) return std::nullopt;
    if (text.size() > kTraceparentLength) {
        // §3.2.4: a later version may append fields, each after a dash. Version 00 has exactly
        // these four.
        if (version == 0 || text[kTraceparentLength] != '-') return std::nullopt;
        // The value holds two fields that a proxy joined. Nobody knows which one is right.
        if (text.find(',') != std::string_view::npos) return std::nullopt;
    }

    TraceContext trace;
    if (!read_lower_hex(text.substr(3, 32), trace.trace_id) || !read_lower_hex(text.substr(36, 16), trace.span_id) ||
        !read_lower_hex(text.substr(53, 2), {&trace.flags, 1})) {
        return std::nullopt;
    }
    if (!trace.valid()) return std::nullopt;
    // Flags without a meaning so far are not passed on (§3.2.2.5.3).
    trace.flags &= TraceContext::kSampled | TraceContext::kRandom;
    if (!tracestate.empty()) trace.state = parse_tracestate(tracestate);
    return trace;
}

void write_traceparent(const TraceContext& trace, char* out) {
    out[0] = out[1] = '0';
    out[2] = out[35] = out[52] = '-';
    write_hex(trace.trace_id, out + 3);
    write_hex(trace.span_id, out + 36);
    write_hex({&trace.flags, 1}, out + 53);
}

std::string format_traceparent(const TraceContext& trace) {
    std::string out(kTraceparentLength, '-');
    write_traceparent(trace, out.data());
    return out;
}

}  // namespace tw::telemetry
