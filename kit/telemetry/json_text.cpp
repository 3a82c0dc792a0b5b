#include "kit/telemetry/json_text.hpp"

#include "kit/base/encoding.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

namespace tw::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// What stands as it is: all but controls (DEL too, for terminals), the quote, the backslash and bytes beyond ASCII.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) table[c] = c != '"' && c != '\\';
    return table;
}();

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default: {
            constexpr std::string_view kDigits = "0123456789abcdef";
            out += "\\u00";
            out += kDigits[byte_of(c) >> 4];
            out += kDigits[byte_of(c) & 0xF];
        }
    }
}

/// The length of the character beyond ASCII at the front of `text`, or 0 where the bytes are none.
std::size_t character_length(std::string_view text) {
    for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length) {
        if (is_utf8(text.substr(0, length))) return length;
    }
    return 0;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && kPlain[byte_of(text[plain])]) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;

        std::size_t taken = 1;
        if (byte_of(text[0]) < 0x80) {
            append_escape(out, text[0]);
        } else if (const auto length = character_length(text); length > 0) {
            out.append(text.substr(0, length));
            taken = length;
        } else {
            out.append(kReplacement);
        }
        text.remove_prefix(taken);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    fmt::format_to(std::back_inserter(out), "{}", number);
}

}  // namespace tw::telemetry
