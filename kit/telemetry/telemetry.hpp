#pragma once

#include "kit/telemetry/log.hpp"
#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/propagators.hpp"
#include "kit/telemetry/span.hpp"

namespace tw::telemetry {

/// The telemetry objects of a module on one loop. It is cheap to copy and refers to objects that
/// the runtime keeps.
struct Telemetry {
    const Tracer& tracer;
    const Logger& log;
    Meter& meter;
    /// The formats in which the context of a call enters and leaves this process.
    Propagators propagators{};
};

}  // namespace tw::telemetry
