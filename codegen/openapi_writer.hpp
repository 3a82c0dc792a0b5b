#pragma once

#include <string>

namespace tw::codegen {

/// Return the texts of openapi.tw.hpp and openapi.tw.cpp, which have the function openapi_json() in
/// the namespace `space`.
std::string openapi_header_text(const std::string& space);
std::string openapi_source_text(const std::string& space, const std::string& document);

}  // namespace tw::codegen
