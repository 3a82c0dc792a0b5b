#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>

namespace tw::app {

/// Returns every module of the product in the order of start: a module comes after the modules that
/// it calls.
std::span<const runtime::ModuleSpec> modules();

}  // namespace tw::app
