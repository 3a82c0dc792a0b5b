#pragma once

#include "kit/cli/command.hpp"

#include <string>

namespace tw::cli {

/// Returns the text below the options of a command: the environment variables that it reads, and
/// the example. It is empty if the command has no example.
std::string footer_of(const Command& command, const runtime::Program& program);

}  // namespace tw::cli
