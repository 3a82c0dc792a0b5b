#include "kit/base/json_text.hpp"

#include "kit/base/encoding.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tw {
namespace {

// Below, strings grow by resize_and_overwrite, once for each value. The size that it gives to its
// function is not used, since GCC 12 gives the capacity.

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

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

/// Returns the length of the character beyond ASCII at the front of `text`, or 0 if the bytes are
/// not well-formed UTF-8.
std::size_t character_length(std::string_view text) {
    for (std::size_t length = 2; length <= 4 && length <= text.size(); ++length) {
        if (is_utf8(text.substr(0, length))) return length;
    }
    return 0;
}

/// Returns the length of the JSON string at the front of `json`, with its quotes.
std::size_t json_string_length(std::string_view json) {
    for (std::size_t i = 1; i < json.size(); ++i) {
        if (json[i] == '"') return i + 1;
        if (json[i] == '\\') ++i;
    }
    return json.size();
}

/// Appends a number that is a whole count of nanoseconds below a million seconds, as durations are.
/// Such a decimal has at most 15 digits, and a double holds 15 digits exactly enough that these
/// digits are the shortest text. This costs a tenth of the general conversion. Returns false if the
/// number needs the general conversion.
bool append_nanos(std::string& out, double number) {
    constexpr double kNanos = 1e9;
    constexpr std::int64_t kNanosPerUnit = 1'000'000'000;
    if (!(number >= 0.0 && number < 1e6)) return false;
    const auto nanos = static_cast<std::int64_t>(number * kNanos + 0.5);
    if (static_cast<double>(nanos) / kNanos != number) return false;
    char digits[24];
    auto* end = std::to_chars(digits, digits + sizeof digits, nanos / kNanosPerUnit).ptr;
    if (auto fraction = nanos % kNanosPerUnit; fraction != 0) {
        *end = '.';
        for (int place = 9; place > 0; --place, fraction /= 10) end[place] = static_cast<char>('0' + fraction % 10);
        end += 10;
        while (end[-1] == '0') --end;
    }
    out.append(digits, end);
    return true;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
    // The rest of `text` is checked for UTF-8 once, at the first character beyond ASCII.
    bool known = false;
    bool sound = false;
    while (!text.empty()) {
        const auto plain = json_plain_length(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;

        std::size_t taken = 1;
        const bool ascii = byte_of(text[0]) < 0x80;
        if (!ascii && !std::exchange(known, true)) sound = is_utf8(text);
        if (ascii) {
            append_escape(out, text[0]);
        } else if (sound) {
            out += text[0];
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
    if (json_plain_length(text) == text.size()) {
        const auto at = out.size();
        const auto size = at + text.size() + 2;
        out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
            bytes[at] = '"';
            text.copy(bytes + at + 1, text.size());
            bytes[size - 1] = '"';
            return size;
        });
        return;
    }
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

void append_json_name(std::string& out, std::string_view name) {
    auto at = out.size();
    const bool first = out.ends_with('{');
    const auto size = at + name.size() + (first ? 3 : 4);
    out.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
        if (!first) bytes[at++] = ',';
        bytes[at] = '"';
        name.copy(bytes + at + 1, name.size());
        bytes[size - 2] = '"';
        bytes[size - 1] = ':';
        return size;
    });
}

void append_json_member(std::string& out, std::string_view name, std::string_view text) {
    append_json_name(out, name);
    append_json_string(out, text);
}

std::string indented_json(std::string_view json) {
    std::string out;
    std::size_t level = 0;
    const auto new_line = [&] { out.append("\n").append(2 * level, ' '); };
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') {
            const auto length = json_string_length(json.substr(i));
            out.append(json.substr(i, length));
            i += length - 1;
        } else if (c == '{' || c == '[') {
            out += c;
            const bool is_empty = i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
            if (is_empty) {
                out += json[++i];
                continue;
            }
            ++level;
            new_line();
        } else if (c == '}' || c == ']') {
            --level;
            new_line();
            out += c;
        } else {
            out += c;
            if (c == ',') new_line();
            if (c == ':') out += ' ';
        }
    }
    return out + '\n';
}

void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    if (append_nanos(out, number)) return;
    fmt::format_to(std::back_inserter(out), "{}", number);
}

}  // namespace tw
