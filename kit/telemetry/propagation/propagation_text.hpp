#pragma once

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

/// Functions for the values of context fields. Internal to the propagators.
namespace tw::telemetry {

/// Reads ids like read_hex, but accepts lower-case digits only.
inline bool read_lower_hex(std::string_view text, std::span<std::uint8_t> out) {
    const bool upper = std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'F'; });
    return !upper && read_hex(text, out);
}

/// Returns the text without spaces and tabs at either end.
inline std::string_view trim_blanks(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Takes the part before the next `separator` off the front of `text`. Without a separator the
/// whole text is taken.
inline std::string_view take_until(char separator, std::string_view& text) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

}  // namespace tw::telemetry
