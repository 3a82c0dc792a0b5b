#pragma once

#include "kit/runtime/program.hpp"

namespace tw::app {

/// Returns the name from which the names of this program's files and variables are made.
inline runtime::ProgramName program_name() { return "tradewind"; }

/// Returns the description of this program: its name "tradewind", the version of the build, and
/// every module of the product.
runtime::Program program();

}  // namespace tw::app
