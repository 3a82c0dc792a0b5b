#pragma once

#include <string>
#include <string_view>

namespace tw::net {

/// "connect to 10.0.0.1:80: Connection refused (111)": what failed, for an error's cause. Only numbers of errno.
std::string describe_failure(std::string_view what, int error_number);

}  // namespace tw::net
