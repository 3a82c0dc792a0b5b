#pragma once

#include "kit/runtime/module_spec.hpp"

#include <span>

namespace greeter {

/// What the program consists of: the greeter, and the gateway that answers its routes.
std::span<const tw::runtime::ModuleSpec> modules();

}  // namespace greeter
