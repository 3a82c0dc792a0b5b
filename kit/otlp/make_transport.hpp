#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/transport/transport.hpp"

#include <functional>
#include <memory>

namespace tw::otlp {

/// Makes a signal's transport on the exporter's loop. Returns null if the signal is not exported,
/// and an error, which says why, if it should be exported and cannot.
using TransportFactory = std::function<Result<std::unique_ptr<Transport>>(EventLoop& loop, telemetry::Signal signal)>;

/// Makes transports by the settings. `clock` must outlive the transports.
TransportFactory transports_of(const Settings& settings, const Clock& clock);

}  // namespace tw::otlp
