#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::http {

/// A character of a method or field name: tchar (RFC 9110 §5.6.2).
bool is_token_char(char c);
bool is_token(std::string_view text);

/// A field value without control characters but HTAB (RFC 9110 §5.5); bytes above 0x7F are let through.
bool is_field_value(std::string_view text);

/// Whether it is an ASCII capital letter.
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// ASCII letters compare without regard to case.
inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// Without spaces and tabs at either end.
std::string_view trimmed(std::string_view text);

/// With those percent-encoded characters decoded that need no encoding (RFC 3986 §6.2.2.2): "/%75sers" is "/users", "%2F" stays.
std::string decode_unreserved(std::string_view text);

/// Whether `path`, as it came, is `literal`.
inline bool is_path(std::string_view path, std::string_view literal) {
    return path == literal || (path.find('%') != std::string_view::npos && decode_unreserved(path) == literal);
}

/// Calls `each` with every element of a comma-separated list, trimmed; empty elements are left out (RFC 9110 §5.6.1.2).
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
