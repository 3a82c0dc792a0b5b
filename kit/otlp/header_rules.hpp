#pragma once

#include "kit/otlp/settings.hpp"

#include <string>
#include <string_view>

namespace tw::otlp {

/// What keeps a configured header from being sent by `protocol`, as a part of a sentence; empty where nothing does. `name` is in
/// lower case. The value is never part of the text, and the name only where it is one: what stands in its place may be a secret.
std::string find_header_fault(std::string_view name, std::string_view value, Protocol protocol);

}  // namespace tw::otlp
