#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tw {

/// Compresses `bytes` to the gzip format (RFC 1952) at the fastest level. The texts that services
/// send repeat themselves so much that a higher level saves little.
std::string gzip(std::string_view bytes);

/// Decompresses `bytes` and appends the result to `out`. `out` never grows by more than `bytes_max`
/// and one byte, however much the input expands to. Fails with RESOURCE_EXHAUSTED, reason
/// GZIP_TOO_LARGE, when the input expands to more. Fails with INVALID_ARGUMENT, reason
/// MALFORMED_GZIP, when the input is damaged, cut off, or followed by something else. Several
/// members in a row are one text (RFC 1952 §2.2).
Result<void> gunzip(std::string_view bytes, std::size_t bytes_max, std::string& out);

}  // namespace tw
