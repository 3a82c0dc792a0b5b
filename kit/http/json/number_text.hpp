#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::http {

/// Whether the text is a number in JSON's form (RFC 8259 §6).
bool is_json_number(std::string_view text);

/// Returns the magnitude of a JSON number if it is a whole number of 64 bits. It is read digit by
/// digit, since a double would round it.
std::optional<std::uint64_t> read_whole(std::string_view number);

}  // namespace tw::http
