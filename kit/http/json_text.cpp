#include "kit/http/json_text.hpp"

#include "kit/base/encoding.hpp"

namespace tw::http {
namespace {

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
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80 && !checked) {
            checked = true;
            repair = !is_utf8(text);
        }
        const bool escape = c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
        if (!escape && !(repair && c >= 0x80)) continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (escape) {
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
