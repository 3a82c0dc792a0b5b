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
/// Returns the document of the routes of one service of the run, as JSON without line breaks. Its
/// info has the description only: a program that serves the routes adds its title and version.
std::string service_document(const Contract& contract, const ServiceModel& service);

}  // namespace tw::codegen
