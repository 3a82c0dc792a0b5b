#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::catalog {

std::unique_ptr<runtime::Module> make_module();

}  // namespace tw::catalog
