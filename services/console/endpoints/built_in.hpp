#pragma once

#include "kit/http/static_files.hpp"

#include <span>

namespace tw::console {

/// Returns the files of the console's page (web/dist). CMake writes this function (tw_embed_files).
std::span<const http::BuiltInFile> built_in_files();

}  // namespace tw::console
