#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>

namespace greeter {

/// What the program consists of: one module.
std::span<const tw::runtime::ModuleSpec> modules();

}  // namespace greeter
