#pragma once

#include "services/console/record.hpp"

#include <span>
#include <vector>

namespace tw::console {

/// The order in which the spans of a trace are shown. A span comes after its parent, and spans of
/// one parent are in the order of their starts. Parents that form a cycle are cut at the span of
/// the cycle that starts first.
struct SpanTree {
    struct Place {
        /// Which span of the trace stands here.
        std::size_t span = 0;
        /// The place of the parent; -1 if there is none.
        int parent = -1;
        int depth = 0;
        /// The span names a parent, which is not there.
        bool orphan = false;
    };
    std::vector<Place> places;
};

SpanTree arrange(std::span<const SpanRecord> trace);

/// Which span stands for the whole trace: the first one that has no parent, or else the one that
/// starts first.
struct Root {
    std::size_t span = 0;
    bool missing = false;
};

/// `trace` has at least one span.
Root root_of(std::span<const SpanRecord> trace);

}  // namespace tw::console
