#pragma once

#include "services/console/archive/batch.hpp"

#include <string_view>
#include <vector>

namespace tw::console {

/// Returns the text itself where it is well-formed UTF-8. Otherwise it returns a copy with U+FFFD
/// in the place of each bad byte, as protobuf refuses messages with such texts.
std::string_view utf8_text(std::string_view text, Texts& texts);

/// Reads a KeyValue and appends it. Returns false if it is malformed.
bool read_attribute(std::string_view key_value, Texts& texts, AttributeVector& attributes);

/// As read_attribute, but an attribute that neither summaries, counts nor ids need is only checked.
bool read_brief_attribute(std::string_view key_value, Texts& texts, AttributeVector& attributes);

/// Reads an AnyValue into the value and the type of `attribute`. Returns false if it is malformed.
bool read_any_value(std::string_view any_value, Texts& texts, Attribute& attribute);

/// Returns the value as text: numbers in decimal digits, "true" or "false".
std::string_view attribute_text(const Attribute& attribute, Texts& texts);

}  // namespace tw::console
