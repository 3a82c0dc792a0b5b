#pragma once

#include "kit/telemetry/metrics.hpp"
#include "services/console/intake_stats.hpp"

#include <memory>

namespace tw::console {

/// Binds the metrics `tw.console.*` to `meter`, which belongs to one loop: what the console
/// received, refused and stored, and how long it took. The console shows its own process by them.
void observe(std::shared_ptr<const IntakeStats> stats, telemetry::Meter& meter);

}  // namespace tw::console
