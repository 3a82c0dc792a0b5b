#pragma once

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

/// What the values of context fields are made of. Internal to the propagators.
namespace tw::telemetry {

/// As read_hex, for ids whose digits are lower case only.
inline bool read_lower_hex(std::string_view text, std::span<std::uint8_t> out) {
    const bool upper = std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; });
    return !upper && read_hex(text, out);
}

/// Without spaces and tabs at either end.
inline std::string_view trim_blanks(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Takes the part before the next `separator` off the front of `text`, which is empty afterwards where there is none.
inline std::string_view take_until(char separator, std::string_view& text) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

}  // namespace tw::telemetry
