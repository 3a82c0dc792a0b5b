#pragma once

#include <string>
#include <string_view>

namespace tw::http {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Where `text` is not UTF-8, U+FFFD stands for each byte
/// above ASCII, so that what is written is always valid.
void append_json_string(std::string& out, std::string_view text);

/// Appends one reference token of a JSON pointer with its "/" (RFC 6901 §3).
void append_pointer_token(std::string& pointer, std::string_view token);

}  // namespace tw::http
