#pragma once

#include "codegen/contract.hpp"

#include <string>

namespace tw::codegen {

struct OpenApiInfo {
    std::string title = "API";
    std::string version = "0";
};

/// Returns the OpenAPI 3.1 document of all HTTP routes of the run, as indented JSON.
std::string openapi_document(const Contract& contract, const OpenApiInfo& info);

}  // namespace tw::codegen
