#pragma once

#include "kit/rpc/service.hpp"

#include <functional>
#include <span>

namespace tw::bench {

/// Serves gRPC on one loop and a free loopback port, which it prints; without spans and logs. Calls `report` for each SIGUSR1,
/// so that a run can be measured without its warm-up, and once more when SIGTERM or SIGINT ends it. Returns the exit code.
int serve(std::span<rpc::Service* const> services, const std::function<void()>& report);

}  // namespace tw::bench
