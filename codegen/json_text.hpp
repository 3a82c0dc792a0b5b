#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace tw::codegen {

/// Returns indented JSON with a line break at its end, which people can read and a review can
/// compare.
std::string json_text(const boost::json::value& value);

}  // namespace tw::codegen
