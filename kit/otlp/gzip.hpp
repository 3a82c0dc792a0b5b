#pragma once

#include <string>
#include <string_view>

namespace tw::otlp {

/// `bytes` in the gzip format (RFC 1952), as fast as it goes: telemetry repeats itself so much that more effort saves little.
std::string gzip(std::string_view bytes);

}  // namespace tw::otlp
