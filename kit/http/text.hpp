#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::http {

/// Whether it is a character of a method or field name: tchar (RFC 9110 §5.6.2).
bool is_token_char(char c);
bool is_token(std::string_view text);

/// Whether it is a field value without control characters other than HTAB (RFC 9110 §5.5). Bytes
/// above 0x7F are allowed.
bool is_field_value(std::string_view text);

/// Whether it is an ASCII capital letter.
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Compares texts; ASCII letters are compared without regard to case.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// Returns the text without spaces and tabs at either end.
std::string_view trimmed(std::string_view text);

/// Decodes the percent-encoded characters that need no encoding (RFC 3986 §6.2.2.2): "/%75sers"
/// becomes "/users", "%2F" stays.
std::string decode_unreserved(std::string_view text);

/// Whether `path`, as it was received, means `literal`.
inline bool is_path(std::string_view path, std::string_view literal) {
    return path == literal || (path.find('%') != std::string_view::npos && decode_unreserved(path) == literal);
}

/// Calls `each` with every element of a comma-separated list, trimmed. Empty elements are skipped
/// (RFC 9110 §5.6.1.2).
template <class Each>
void for_each_element(std::string_view list, Each each) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto element = trimmed(list.substr(0, comma));
        if (!element.empty()) each(element);
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace tw::http
