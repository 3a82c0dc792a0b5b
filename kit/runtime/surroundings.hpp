#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/health_board.hpp"
#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string_view>

namespace tw::runtime {

/// What everything in a process shares; Process keeps it all.
struct Surroundings {
    const Config& config;
    /// All modules that the program knows, also those that run elsewhere.
    std::span<const ModuleSpec> known;
    std::string_view version;
    const Clock& clock;
    WorkerPool& workers;
    LoopGroup& loops;
    HealthBoard& board;
};

}  // namespace tw::runtime
