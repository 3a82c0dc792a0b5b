#pragma once

#include <boost/json/object.hpp>

namespace tw::codegen {

/// The components for header fields in an OpenAPI document.

/// Returns If-Match and If-None-Match as components for requests.
boost::json::object condition_parameters();
/// Returns the fields that answers may have, as components.
boost::json::object response_headers();
/// Returns references to the components that a problem with that status may have.
boost::json::object headers_of_problem(int status);

}  // namespace tw::codegen
