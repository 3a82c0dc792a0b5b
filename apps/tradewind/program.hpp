#pragma once

#include "kit/runtime/program.hpp"

namespace tw::app {

/// This one: "tradewind", the version of the build, and every module of the product.
runtime::Program program();

}  // namespace tw::app
