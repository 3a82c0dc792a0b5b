#pragma once

#include "kit/cli/command.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

namespace tw::cli {

/// The parameters of a request, by name. Those without a value are left out.
using OperationsParameters = std::vector<std::pair<std::string, std::string>>;

/// Asks a running process with the same settings, at its operations port, and returns its answer. If
/// there is none, or the process refuses, that is printed, and the exit code is returned: 69 if no
/// process answers, 64 if it refuses a parameter, else 1. Blocks for some seconds at most.
std::variant<boost::json::object, int> get_operations(const Invocation& call, std::string path,
                                                      const OperationsParameters& parameters);
/// Tells the process to change something.
std::variant<boost::json::object, int> post_operations(const Invocation& call, std::string path,
                                                       const OperationsParameters& parameters);

/// Returns the member as text for a terminal; empty if there is none. Control characters are
/// replaced.
std::string shown(const boost::json::object& object, std::string_view member);

}  // namespace tw::cli
