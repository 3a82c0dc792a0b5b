#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <memory>

namespace tw::test {

/// Telemetry that is discarded. Contexts are passed on, and nothing is written.
class QuietTelemetry {
 public:
    telemetry::Telemetry get() { return {.tracer = tracer_, .log = log_, .meter = meter_}; }

 private:
    SystemClock clock_;
    Random random_{1};
    telemetry::DiscardedLogs sink_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Meter meter_;
    telemetry::Logger log_{"test", clock_, sink_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
};

}  // namespace tw::test
