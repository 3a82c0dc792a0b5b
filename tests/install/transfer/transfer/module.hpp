#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace transfer {

std::unique_ptr<tw::runtime::Module> make_module();

}  // namespace transfer
