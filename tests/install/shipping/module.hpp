#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>

namespace shipping {

/// Returns the modules of the program: those that run in it, and those that it calls elsewhere.
std::span<const tw::runtime::ModuleSpec> modules();

}  // namespace shipping
