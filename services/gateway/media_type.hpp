#pragma once

#include "kit/base/error.hpp"
#include "kit/http/message.hpp"

#include <optional>

namespace tw::gateway {

/// INVALID_ARGUMENT, reason UNSUPPORTED_MEDIA_TYPE, unless Content-Type is application/json (in UTF-8, where it names a charset)
/// and there is no Content-Encoding.
std::optional<Error> json_fault(const http::Headers& headers);

}  // namespace tw::gateway
