#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::order {

std::unique_ptr<runtime::Module> make_module();

}  // namespace tw::order
