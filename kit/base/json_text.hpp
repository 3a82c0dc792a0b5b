#pragma once

#include <string>
#include <string_view>

namespace tw {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). What is not well-formed UTF-8 becomes U+FFFD, so that it
/// stays JSON whatever a client sent.
void append_json_string(std::string& out, std::string_view text);

/// As the inside of a JSON string, without quotes: keeps control characters off a terminal.
void append_json_escaped(std::string& out, std::string_view text);

/// With as few digits as read back as the same number; what JSON cannot say (NaN, infinities) becomes null.
void append_json_number(std::string& out, double number);

}  // namespace tw
