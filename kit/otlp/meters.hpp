#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/telemetry/metrics.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace tw::otlp {

/// The metrics of one source (a resource) at one moment, merged over its loops.
struct SourceMetrics {
    std::size_t source = 0;
    std::vector<telemetry::MetricPoint> points;
};

/// All meters of the process, and how to read them: each on its own loop, at the same time. For the exporter and for whoever
/// serves metrics to be scraped. Complete before the first collection, unchanged afterwards; then thread-safe.
class Meters {
 public:
    /// `meter` belongs to `loop` and lasts as long as the loop runs.
    void add(std::size_t source, EventLoop& loop, telemetry::Meter& meter);

    /// One entry a source that has any points, in the order of the sources. Meters on a loop that has not answered when the call
    /// is over are left out. `home` is the loop that this runs on.
    Task<std::vector<SourceMetrics>> collect(const CallContext& ctx, std::shared_ptr<EventLoop> home) const;

 private:
    struct Entry {
        std::size_t source;
        EventLoop* loop;
        telemetry::Meter* meter;
    };
    std::vector<Entry> entries_;
};

}  // namespace tw::otlp
