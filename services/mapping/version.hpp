#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <optional>

namespace tw {

/// Makes ABORTED, reason VERSION_MISMATCH (HTTP 412), if the caller expects another version than
/// `current`. A caller that expects 0 accepts any version.
std::optional<Error> version_mismatch(std::int64_t expected, std::int64_t current);

}  // namespace tw
