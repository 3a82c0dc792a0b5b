#pragma once

#include "codegen/contract.hpp"

#include <string>

namespace tw::codegen {

/// The text of user.tw.cpp: the checks of the requests, and per service the constants, tables and calls that user.tw.hpp
/// declares.
std::string source_text(const FileModel& file);

}  // namespace tw::codegen
