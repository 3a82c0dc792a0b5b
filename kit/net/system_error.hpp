#pragma once

#include <string>
#include <string_view>

namespace tw::net {

/// Describes a failure for an error's cause: "connect to 10.0.0.1:80: Connection refused (111)".
/// `error_number` is an errno.
std::string describe_failure(std::string_view what, int error_number);

}  // namespace tw::net
