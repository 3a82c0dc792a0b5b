#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/clock.hpp"

#include <cstddef>
#include <vector>

namespace tw::sql {

/// One commit that several units shared, for their spans.
struct SharedCommit {
    /// OpenTelemetry's default limit for the links of a span.
    static constexpr std::size_t kLinksMax = 128;

    /// The commit's own span. It belongs to the trace of the unit that records it, as a child of
    /// the unit's span.
    TraceContext trace;
    Timestamp began;
    Timestamp ended;
    std::size_t units = 0;
    /// The units' spans that are recorded, `kLinksMax` at most.
    std::vector<TraceContext> unit_spans;
};

}  // namespace tw::sql
