#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace purse {

std::unique_ptr<tw::runtime::Module> make_checking();
std::unique_ptr<tw::runtime::Module> make_savings();

}  // namespace purse
