#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string>
#include <vector>

namespace tw::app {

/// Returns every module of the product in the order of start: a module comes after the modules that
/// it calls.
std::span<const runtime::ModuleSpec> modules();

/// Returns the modules of these names, in the order of modules(). Fails with INVALID_ARGUMENT,
/// reason UNKNOWN_MODULE, and suggests a name.
Result<std::vector<runtime::ModuleSpec>> find_modules(std::span<const std::string> names);

}  // namespace tw::app
