#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace tw::codegen {

/// Indented JSON, so that a person can read it and a review shows what changed; ends with a line break.
std::string json_text(const boost::json::value& value);

}  // namespace tw::codegen
