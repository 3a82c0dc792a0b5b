#pragma once

#include "kit/base/result.hpp"
#include "kit/otlp/meters.hpp"
#include "kit/runtime/module_instance.hpp"
#include "kit/telemetry/resource.hpp"

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// All meters of the process, and whose they are: each module's, and the process's own. Filled
/// before the loops run, unchanged afterwards; then thread-safe.
class MeterRegistry {
 public:
    /// `common` is what all sources have in common.
    MeterRegistry(const ProcessContext& context, telemetry::Resource common);
    MeterRegistry(const MeterRegistry&) = delete;
    MeterRegistry& operator=(const MeterRegistry&) = delete;

    /// Sources are numbered from 0, in this order.
    std::size_t add_source(std::string_view service_name);
    /// The module's meters, for its source. The instance lasts as long as anything is collected.
    void add(std::size_t source, ModuleInstance& instance);
    /// After the last module: adds what concerns the process, and returns for which source. Where
    /// there is one module only, that is the process, and it all has one name; otherwise the
    /// process is called as its program, so that nothing is counted for several services.
    std::size_t add_process();

    const otlp::Meters& meters() const { return meters_; }
    /// Everything, for a request on one of the process's loops. UNAVAILABLE when a loop does not
    /// answer in time: what lacks one loop would look like a restart.
    Task<Result<std::vector<otlp::SourceMetrics>>> collect(const CallContext& ctx) const;
    /// Returns the resource of a source that `meters()` has.
    const telemetry::Resource& resource(std::size_t source) const { return resources_[source]; }
    /// The process's own meter, on the first loop. Call it after add_process.
    telemetry::Meter& process_meter() { return own_.empty() ? instances_.front()->meter(0) : own_.front(); }

 private:
    const ProcessContext& context_;
    telemetry::Resource common_;
    std::deque<telemetry::Resource> resources_;
    std::vector<ModuleInstance*> instances_;
    /// The process's, one a loop, where no module has them.
    std::deque<telemetry::Meter> own_;
    otlp::Meters meters_;
};

}  // namespace tw::runtime
