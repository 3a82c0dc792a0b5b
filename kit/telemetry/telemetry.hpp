#pragma once

#include "kit/telemetry/log.hpp"
#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/propagators.hpp"
#include "kit/telemetry/span.hpp"

namespace tw::telemetry {

/// What a module on one loop observes itself with. Cheap to copy; refers to objects that the runtime keeps.
struct Telemetry {
    const Tracer& tracer;
    const Logger& log;
    Meter& meter;
    /// How the context of a call enters and leaves this process.
    Propagators propagators{};
};

}  // namespace tw::telemetry
