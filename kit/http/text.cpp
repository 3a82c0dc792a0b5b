#include "kit/http/text.hpp"

#include "kit/base/text_words.hpp"

#include <algorithm>
#include <array>

namespace tw::http {
namespace {

constexpr auto make_token_table() {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~"}) table[static_cast<unsigned char>(c)] = true;
    return table;
}

constexpr auto kTokenTable = make_token_table();

/// Returns the value of a hexadecimal digit, or -1.
int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_token_char(char c) { return kTokenTable[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

bool is_field_value(std::string_view text) {
    using namespace text_words;
    // A tab is allowed too. It is so rare that it may end the fast part.
    const auto has_control = [](std::uint64_t word) { return any_below(word, 0x20) || any_equal(word, 0x7f); };
    text.remove_prefix(skip_words(text, has_control));
    return std::ranges::all_of(text, [](char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t'; });
}

std::string decode_unreserved(std::string_view text) {
    constexpr std::size_t kEscapeBytes = 3;
    std::string decoded;
    decoded.reserve(text.size());
    while (!text.empty()) {
        const bool escape =
            text.size() >= kEscapeBytes && text[0] == '%' && digit_value(text[1]) >= 0 && digit_value(text[2]) >= 0;
        const char c = escape ? static_cast<char>(digit_value(text[1]) * 16 + digit_value(text[2])) : text[0];
        const bool decodes = escape && is_unreserved(c);
        decoded += decodes ? c : text[0];
        text.remove_prefix(decodes ? kEscapeBytes : 1);
    }
    return decoded;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace tw::http
