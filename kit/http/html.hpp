#pragma once

#include "kit/http/message.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// Returns the text as HTML shows it, in an element or in a quoted attribute.
std::string escape_html(std::string_view text);

/// Whether the client names HTML among what it accepts. */* does not count: curl sends it.
bool wants_html(const Request& request);

}  // namespace tw::http
