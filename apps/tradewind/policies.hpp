#pragma once

#include "kit/runtime/policies.hpp"

namespace tw::app {

/// What applies to the calls of this program's modules.
runtime::PolicyLists policies();

}  // namespace tw::app
