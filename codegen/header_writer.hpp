#pragma once

#include "codegen/contract.hpp"

#include <string>

namespace tw::codegen {

/// Returns the text of user.tw.hpp: for each service the method constants, the routes, the abstract
/// service and the client.
std::string header_text(const FileModel& file);

}  // namespace tw::codegen
