#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace tw::codegen {

/// The parts of an OpenAPI document that are the same for every contract: how errors look (RFC 9457).

/// "NotFound" for 404: the name of the response's component.
std::string problem_name(int status);
boost::json::object problem_response(int status);
boost::json::object problem_schema();

}  // namespace tw::codegen
