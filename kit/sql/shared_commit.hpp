#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/clock.hpp"

#include <cstddef>
#include <vector>

namespace tw::sql {

/// One commit that several units shared, as their spans tell of it.
struct SharedCommit {
    /// OpenTelemetry's default for the links of a span.
    static constexpr std::size_t kLinksMax = 128;

    /// The commit's own span: in the trace, and below the span, of the unit that tells of it.
    TraceContext trace;
    Timestamp began;
    Timestamp ended;
    std::size_t units = 0;
    /// The units' spans, as far as they are recorded.
    std::vector<TraceContext> unit_spans;
};

}  // namespace tw::sql
