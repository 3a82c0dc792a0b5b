#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::gateway {

std::unique_ptr<runtime::Module> make_module();

}  // namespace tw::gateway
