#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>
#include <string>
#include <vector>

namespace tw::app {

/// Every module of the product, in the order in which they start: each after those that it calls.
std::span<const runtime::ModuleSpec> modules();

/// The modules of these names, in the order of modules(). INVALID_ARGUMENT, reason UNKNOWN_MODULE, with a suggestion.
Result<std::vector<runtime::ModuleSpec>> find_modules(std::span<const std::string> names);

}  // namespace tw::app
