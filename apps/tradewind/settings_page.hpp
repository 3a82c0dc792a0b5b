#pragma once

#include "kit/runtime/setting.hpp"

#include <span>
#include <string>

namespace tw::app {

/// docs/reference/settings.md: every setting with its default, what it allows and its other names.
std::string settings_page(std::span<const runtime::Setting> settings);

}  // namespace tw::app
