#pragma once

#include "codegen/contract.hpp"

#include <string>

namespace tw::codegen {

/// Returns the text of user.tw.cpp: the checks of the requests, and for each service the constants,
/// tables and calls that user.tw.hpp declares.
std::string source_text(const Contract& contract, const FileModel& file);

}  // namespace tw::codegen
