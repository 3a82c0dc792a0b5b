#pragma once

#include <string_view>

namespace tw::otlp {

/// Writes the whole text, and blocks until that is done. Returns zero, or the errno of the failure.
int write_whole(int fd, std::string_view text);

}  // namespace tw::otlp
