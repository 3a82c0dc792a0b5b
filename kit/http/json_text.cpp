#include "kit/http/json_text.hpp"

#include "kit/base/encoding.hpp"

#include <utility>

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

/// What follows the plain front of a string: begins with a character that needs a look.
void append_rest(std::string& out, std::string_view text) {
    bool repair = false;
    bool checked = false;
    while (!text.empty()) {
        const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
        if (!ascii && !std::exchange(checked, true)) repair = !is_utf8(text);
        if (ascii) {
            append_escape(out, text.front());
        } else if (repair) {
            out += "\xef\xbf\xbd";
        } else {
            out += text.front();
        }
        text.remove_prefix(1);
        const auto plain = json_plain_length(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    const auto plain = json_plain_length(text);
    out += text.substr(0, plain);
    append_rest(out, text.substr(plain));
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
