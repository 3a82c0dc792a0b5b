#pragma once

#include "kit/http/server.hpp"
#include "kit/runtime/surroundings.hpp"
#include "kit/telemetry/log_levels.hpp"

#include <string>

namespace tw::runtime {

/// What operators may ask a process and tell it, on a port of its own: health, readiness, configuration, log levels, loops,
/// version. Thread-safe. Everything it refers to outlives it.
class Ops {
 public:
    Ops(const Surroundings& around, telemetry::LogLevels& levels) : around_{around}, levels_{levels} {}

    http::Response answer(const http::Request& request);
    /// `answer` for a server; this outlives it.
    http::Handler handler();

 private:
    http::Response health(const http::Request& request);
    http::Response readiness(const http::Request& request);
    http::Response config(const http::Request& request);
    http::Response log_level(const http::Request& request);
    http::Response loops(const http::Request& request);
    http::Response version(const http::Request& request);

    const Surroundings& around_;
    telemetry::LogLevels& levels_;
};

}  // namespace tw::runtime
