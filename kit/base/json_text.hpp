#pragma once

#include <string>
#include <string_view>

namespace tw {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7). Bytes that are not well-formed
/// UTF-8 become U+FFFD, so that the output is valid JSON whatever a client sent.
void append_json_string(std::string& out, std::string_view text);

/// Appends `text` escaped as inside a JSON string, without quotes. A terminal then sees no control
/// characters.
void append_json_escaped(std::string& out, std::string_view text);

/// Appends the name of an object's member with its colon, and a comma before it unless `out` ends
/// with the object's opening brace. `name` needs no escape.
void append_json_name(std::string& out, std::string_view name);
/// Appends a member whose value is a string. `name` is as for append_json_name.
void append_json_member(std::string& out, std::string_view name, std::string_view text);

/// Appends `number` with as few digits as read back as the same number. NaN and infinities, which
/// JSON does not have, become null.
void append_json_number(std::string& out, double number);

/// Returns JSON without blanks as lines that are indented by two blanks a level, with a line break
/// at the end. People can read it, and a review can compare it. `json` must be valid.
std::string indented_json(std::string_view json);

}  // namespace tw
