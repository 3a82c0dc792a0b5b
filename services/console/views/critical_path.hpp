#pragma once

#include "services/console/record.hpp"
#include "services/console/views/span_tree.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tw::console {

/// The span at `place` is what the root waited for in this time.
struct CriticalPart {
    int place = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
};

/// Returns for each moment of the span at `root` the span that it waited for, from the first moment
/// to the last. It goes back from the end of a span to the child that ended last, through that
/// child, and from its start to the next child that had ended by then. Children that were under way
/// at that moment are passed over, since their end did not matter. A child counts only within the
/// time of its parent. This is how Jaeger and CRISP (Zhang et al., USENIX ATC 2022) do it.
std::vector<CriticalPart> critical_path(std::span<const SpanRecord> trace, std::span<const SpanTree::Place> places, int root);

}  // namespace tw::console
