#pragma once

#include "kit/cli/command.hpp"

#include <vector>

namespace tw::app {

/// The commands `traces`, `traces show` and `logs`, which ask the console of a running process.
std::vector<cli::Command> telemetry_commands();

}  // namespace tw::app
