#pragma once

#include "kit/runtime/policies.hpp"

namespace tw::app {

/// Returns the policies that apply to the calls of this program's modules.
runtime::PolicyLists policies();

}  // namespace tw::app
