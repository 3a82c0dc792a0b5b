#pragma once

#include "kit/runtime/setting.hpp"

#include <span>
#include <string>

namespace tw::app {

/// Returns the text of docs/reference/settings.md, which lists every setting with its default, its
/// allowed values and its other names.
std::string settings_page(std::span<const runtime::Setting> settings);

}  // namespace tw::app
