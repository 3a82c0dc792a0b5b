#pragma once

#include "codegen/contract.hpp"

#include <string>

namespace tw::codegen {

/// The text of user.tw.hpp: per service its method constants, its routes, the abstract service and the client.
std::string header_text(const FileModel& file);

}  // namespace tw::codegen
