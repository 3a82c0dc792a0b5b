#pragma once

#include "kit/base/clock.hpp"
#include "kit/otlp/transport/span_tree.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tw::otlp {

/// Holds spans back until their trace can be shown as one tree: until the local root has ended and
/// all spans below it are there. Spans reach the exporter in batches of several loops and services,
/// so a parent may come before its children.
///
/// Both the number of spans and the time are bounded. When a bound is reached, the traces that have
/// waited longest are given out as they are.
class HeldTraces {
 public:
    struct Limits {
        std::size_t spans_max = 10'000;
        std::chrono::milliseconds hold_time_max{10'000};
    };

    explicit HeldTraces(const Limits& limits) : limits_{limits} {}

    /// Takes a span of a trace. `trace_id` is bytes.
    void add(std::string_view trace_id, TreeSpan span, SteadyTime now);
    /// Ends a round, in which all spans that had ended were added. Returns the trees that are
    /// ready: whole traces that have got no span in this round, and traces that were held for too
    /// long.
    std::string end_round(SteadyTime now);
    /// Returns the oldest trees, as long as there are more spans than may be held.
    std::string take_excess();
    /// Returns the trees of all held spans.
    std::string take_all();

    std::size_t spans() const { return spans_; }

 private:
    struct Held {
        std::vector<TreeSpan> spans;
        SteadyTime since;
        /// Whether a span came in the current round.
        bool fresh = true;
    };
    using Traces = std::map<std::string, Held, std::less<>>;

    bool is_ready(const Held& held, SteadyTime now) const;
    std::vector<Traces::iterator> all();
    /// Returns the trees of these traces in the order of their start, and forgets the traces.
    std::string give_out(std::vector<Traces::iterator> ready);

    Limits limits_;
    Traces traces_;
    std::size_t spans_ = 0;
};

}  // namespace tw::otlp
