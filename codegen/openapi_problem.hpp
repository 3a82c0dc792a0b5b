#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace tw::codegen {

/// The parts of an OpenAPI document that are the same for every contract: the form of errors (RFC
/// 9457).

/// The name of the response's component, such as "NotFound" for 404.
std::string problem_name(int status);
boost::json::object problem_response(int status);
boost::json::object problem_schema();

}  // namespace tw::codegen
