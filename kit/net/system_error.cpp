#include "kit/net/system_error.hpp"

#include <system_error>

namespace tw::net {

std::string describe_failure(std::string_view what, int error_number) {
    return std::string{what} + ": " + std::generic_category().message(error_number) + " (" + std::to_string(error_number) + ")";
}

}  // namespace tw::net
