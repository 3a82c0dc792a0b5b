#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <optional>

namespace tw {

/// ABORTED, reason VERSION_MISMATCH (HTTP 412), when the caller expects another version than `current`; 0 expects any.
std::optional<Error> version_mismatch(std::int64_t expected, std::int64_t current);

/// ABORTED, reason CONTENDED: others kept changing the object between reading and writing it.
Error contended();

}  // namespace tw
