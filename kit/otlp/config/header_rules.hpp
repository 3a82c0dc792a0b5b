#pragma once

#include "kit/otlp/settings.hpp"

#include <string>
#include <string_view>

namespace tw::otlp {

/// Returns why a configured header cannot be sent by `protocol`, as a part of a sentence, or an
/// empty text if it can. `name` is in lower case. The text never contains the value, and it
/// contains the name only if that is a valid name: text in its place may be a secret.
std::string find_header_fault(std::string_view name, std::string_view value, Protocol protocol);

}  // namespace tw::otlp
