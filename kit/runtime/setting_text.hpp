#pragma once

#include "kit/runtime/setting.hpp"

#include <string>
#include <string_view>

namespace tw::runtime {

/// Returns the values that a setting allows, for people, such as "10 to 3600000 ms" or "auto, off".
/// Words that a user would type stand between two `quote`s.
std::string allowed_values(const Setting& setting, std::string_view quote = "");

/// Returns the flag that sets it, such as "--http HOST:PORT", or "--set KEY=VALUE".
std::string flag_of(const Setting& setting);

}  // namespace tw::runtime
