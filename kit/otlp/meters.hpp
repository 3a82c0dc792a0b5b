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

/// All meters of the process. They are read at the same time, each on its own loop, for the
/// exporter and for scrapes. Add all meters before the first collection; afterwards the object is
/// thread-safe.
class Meters {
 public:
    /// Adds a meter. `meter` belongs to `loop` and must live as long as the loop runs.
    void add(std::size_t source, EventLoop& loop, telemetry::Meter& meter);

    /// Returns one entry for each source that has any points, in the order of the sources. Meters
    /// on a loop that has not answered when the call is over are left out. `home` is the loop that
    /// this runs on.
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
