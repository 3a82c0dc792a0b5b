#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <memory>

namespace tw::app {

/// The objects that a command needs to open databases and network connections. Logs are discarded.
struct Instruments {
    telemetry::Telemetry telemetry() { return {tracer, log, meter}; }

    EventLoop loop;
    WorkerPool workers{1};
    SystemClock clock;
    telemetry::DiscardedLogs sink;
    telemetry::Logger log{"doctor", clock, sink, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    Random random;
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
};

}  // namespace tw::app
