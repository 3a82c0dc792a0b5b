#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace tw {

/// Where in a trace a call stands (W3C Trace Context, level 2). Plain data: kit/telemetry parses, writes and extends it.
struct TraceContext {
    using TraceId = std::array<std::uint8_t, 16>;
    using SpanId = std::array<std::uint8_t, 8>;

    static constexpr std::uint8_t kSampled = 0x01;
    static constexpr std::uint8_t kRandom = 0x02;

    TraceId trace_id{};
    SpanId span_id{};
    std::uint8_t flags = 0;
    /// Somebody debugs this trace (B3's "d"). Means sampled as well; only B3 passes it on.
    bool debug = false;
    /// The `tracestate` header as it is to be passed on; null when there is none.
    std::shared_ptr<const std::string> state;

    /// All-zero ids mean: not in a trace.
    bool valid() const { return trace_id != TraceId{} && span_id != SpanId{}; }
    bool sampled() const { return (flags & kSampled) != 0; }
};

}  // namespace tw
