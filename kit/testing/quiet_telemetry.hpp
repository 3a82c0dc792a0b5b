#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <memory>
#include <string_view>

namespace tw::test {

/// Telemetry that is discarded. Contexts are passed on, and nothing is written.
class QuietTelemetry {
 public:
    telemetry::Telemetry get() { return {.tracer = tracer_, .log = log_, .meter = meter_}; }

 private:
    class Nowhere final : public telemetry::LogSink {
     public:
        void write(std::string_view) override {}
    };

    SystemClock clock_;
    Random random_{1};
    Nowhere sink_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Meter meter_;
    telemetry::Logger log_{"test", clock_, sink_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
};

}  // namespace tw::test
