#pragma once

#include <string>
#include <string_view>

namespace tw::http {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Where `text` is not UTF-8, U+FFFD stands for each byte
/// above ASCII, so that what is written is always valid.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tw::http
