#include "kit/http/json_text.hpp"

#include "kit/base/encoding.hpp"

#include <array>
#include <utility>

namespace tw::http {
namespace {

/// The characters that stand for themselves, ASCII only.
constexpr auto make_plain_table() {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x7f; ++c) table[c] = c != '"' && c != '\\';
    return table;
}

constexpr auto kPlain = make_plain_table();

void append_escape(std::string& out, char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
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
        default:
            out += "\\u00";
            out += kHex[static_cast<unsigned char>(c) >> 4];
            out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    bool repair = false;
    bool checked = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kPlain[static_cast<unsigned char>(text[i])]) continue;
        const bool ascii = static_cast<unsigned char>(text[i]) < 0x80;
        if (!ascii && !std::exchange(checked, true)) repair = !is_utf8(text);
        if (!ascii && !repair) continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (ascii) {
            append_escape(out, text[i]);
        } else {
            out += "\xef\xbf\xbd";
        }
    }
    out.append(text, plain);
    out += '"';
}

void append_pointer_token(std::string& pointer, std::string_view token) {
    pointer += '/';
    for (const char c : token) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

}  // namespace tw::http
