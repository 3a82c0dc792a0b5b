#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace tw {

/// The position of a call in a trace (W3C Trace Context, level 2). This is plain data:
/// kit/telemetry parses, writes and extends it.
struct TraceContext {
    using TraceId = std::array<std::uint8_t, 16>;
    using SpanId = std::array<std::uint8_t, 8>;

    static constexpr std::uint8_t kSampled = 0x01;
    static constexpr std::uint8_t kRandom = 0x02;

    TraceId trace_id{};
    SpanId span_id{};
    std::uint8_t flags = 0;
    /// Whether somebody debugs this trace (B3's "d"). A debugged trace is also sampled. Only B3
    /// passes this flag on.
    bool debug = false;
    /// Outside a trace: no trace begins here. Spans that are started are neither recorded nor
    /// passed on.
    bool untraced = false;
    /// Whether another process made `span_id` and sent it with a request. Propagators set this.
    bool remote = false;
    /// The `tracestate` header in the form in which it is passed on; null when there is none.
    std::shared_ptr<const std::string> state;

    /// For work that looks again and again whether there is something to do.
    static TraceContext no_trace() {
        TraceContext trace;
        trace.untraced = true;
        return trace;
    }

    /// Whether the call is in a trace. Outside a trace the ids are all zero.
    bool valid() const { return trace_id != TraceId{} && span_id != SpanId{}; }
    bool sampled() const { return (flags & kSampled) != 0; }
};

}  // namespace tw
