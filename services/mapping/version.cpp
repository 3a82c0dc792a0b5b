#include "services/mapping/version.hpp"

#include <string>

namespace tw {

std::optional<Error> version_mismatch(std::int64_t expected, std::int64_t current) {
    if (expected == 0 || expected == current) return std::nullopt;
    // Only who reads the object again can know what to do, so the same call is not worth repeating.
    return Error{Code::aborted, "VERSION_MISMATCH",
                 "the version is " + std::to_string(current) + ", not " + std::to_string(expected)}
        .with_retryable(false);
}

Error contended() { return Error{Code::aborted, "CONTENDED", "changed by others at the same time; try again"}; }

}  // namespace tw
