#include "services/mapping/version.hpp"

#include "kit/base/reasons.hpp"

#include <string>

namespace tw {

std::optional<Error> version_mismatch(std::int64_t expected, std::int64_t current) {
    if (expected == 0 || expected == current) return std::nullopt;
    // The caller must read the object again and decide anew, so repeating the same call is no use.
    return Error{Code::aborted, reason::kVersionMismatch,
                 "the version is " + std::to_string(current) + ", not " + std::to_string(expected)}
        .with_retryable(false);
}

}  // namespace tw
