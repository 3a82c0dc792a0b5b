#pragma once

#include <string>
#include <string_view>

namespace tw::http {

/// Appends one reference token of a JSON pointer with its "/" (RFC 6901 §3). A token of more than
/// 128 bytes is cut, with "…" for the rest.
void append_pointer_token(std::string& pointer, std::string_view token);

}  // namespace tw::http
