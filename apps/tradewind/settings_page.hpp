#pragma once

#include "kit/runtime/program_name.hpp"
#include "kit/runtime/setting.hpp"

#include <span>
#include <string>

namespace tw::app {

/// Returns the text of docs/reference/settings.md, which lists every setting with its default, its
/// allowed values, its variables, its flag and its former name.
std::string settings_page(const runtime::ProgramName& program, std::span<const runtime::Setting> settings);

}  // namespace tw::app
