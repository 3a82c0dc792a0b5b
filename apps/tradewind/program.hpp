#pragma once

#include "kit/runtime/program.hpp"

namespace tw::app {

/// What everything of this program is called after.
inline runtime::ProgramName program_name() { return "tradewind"; }

/// This one: "tradewind", the version of the build, and every module of the product.
runtime::Program program();

}  // namespace tw::app
