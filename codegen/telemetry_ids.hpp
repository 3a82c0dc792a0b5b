#pragma once

#include "codegen/contract.hpp"

#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// Whether the method's request or answer has a field with an id for telemetry.
bool has_telemetry_ids(const MethodModel& method);

/// Returns the functions add_ids(), one for each request and answer with such a field, and the
/// template telemetry_ids<Request, Response> that calls them. Empty if there is no such field.
std::string telemetry_ids_text(const FileModel& file);

}  // namespace tw::codegen
