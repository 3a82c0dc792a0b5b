#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/archive.hpp"

#include <string>

namespace tw::console {

/// Stores an export request (protobuf), and continues on `loop` when it is stored and can be found.
/// The errors are those of Archive::add.
Task<Result<Accepted>> store(Archive& archive, EventLoop& loop, telemetry::Signal signal, std::string request);

}  // namespace tw::console
