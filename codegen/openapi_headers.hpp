#pragma once

#include <boost/json/object.hpp>

namespace tw::codegen {

/// The components of header fields in an OpenAPI document.

/// If-Match and If-None-Match as components of requests.
boost::json::object condition_parameters();
/// The fields that answers may have, as components.
boost::json::object response_headers();
/// References to those that a problem with that status may have.
boost::json::object headers_of_problem(int status);

}  // namespace tw::codegen
