#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tw {

/// `bytes` in the gzip format (RFC 1952), as fast as it goes: what services send repeats itself so much that more effort saves
/// little.
std::string gzip(std::string_view bytes);

/// Undoes gzip: appends to `out`, which never grows by more than `bytes_max` (and a byte), however much the input stands for.
/// RESOURCE_EXHAUSTED, reason GZIP_TOO_LARGE, when it stands for more; INVALID_ARGUMENT, reason MALFORMED_GZIP, when it is
/// damaged, cut off, or followed by something else. Several members in a row are one text (RFC 1952 §2.2).
Result<void> gunzip(std::string_view bytes, std::size_t bytes_max, std::string& out);

}  // namespace tw
