#pragma once

#include <string_view>

namespace tw::app {

/// "0.1.0", from the build.
std::string_view version();

}  // namespace tw::app
