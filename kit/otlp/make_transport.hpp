#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/transport.hpp"

#include <functional>
#include <memory>

namespace tw::otlp {

/// Makes a signal's transport on the exporter's loop. Null where the signal is not exported; an error, which says why, where it
/// should be and cannot.
using TransportFactory = std::function<Result<std::unique_ptr<Transport>>(EventLoop& loop, telemetry::Signal signal)>;

/// As the settings say. `clock` outlives the transports.
TransportFactory transports_of(const Settings& settings, const Clock& clock);

}  // namespace tw::otlp
