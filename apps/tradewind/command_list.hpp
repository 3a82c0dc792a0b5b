#pragma once

#include "kit/cli/command.hpp"

#include <vector>

namespace tw::app {

/// Returns the commands of tradewind in the order in which its help lists them.
std::vector<cli::Command> command_list();

}  // namespace tw::app
