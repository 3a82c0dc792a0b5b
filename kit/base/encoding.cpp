#include "kit/base/encoding.hpp"

#include "kit/base/text_words.hpp"

#include <array>
#include <cstring>

namespace tw {
namespace {

constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> kHexValues = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(kNone);
    for (std::uint8_t i = 0; i < 10; ++i) table['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<std::uint8_t>(10 + i);
    return table;
}();

/// The two digits of every byte value, so that a byte is written by one copy.
constexpr std::array<char, 512> kHexPairs = [] {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<char, 512> table{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        table[byte * 2] = kDigits[byte >> 4];
        table[byte * 2 + 1] = kDigits[byte & 0xF];
    }
    return table;
}();

/// The characters that a JSON string holds without an escape.
constexpr std::array<bool, 256> kJsonPlain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x7F; ++c) table[c] = c != '"' && c != '\\';
    return table;
}();

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> kBase64Values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(kNone);
    for (std::size_t i = 0; i < kBase64.size(); ++i) table[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

/// Returns the length in bytes of the well-formed UTF-8 sequence at `at`, or 0 if there is none
/// (RFC 3629 §4).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto lead = byte_at(text, at);
    const auto continues = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
        return at + i < text.size() && byte_at(text, at + i) >= low && byte_at(text, at + i) <= high;
    };
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

void write_hex(std::span<const std::uint8_t> bytes, char* out) {
    for (const auto byte : bytes) {
        std::memcpy(out, kHexPairs.data() + std::size_t{byte} * 2, 2);
        out += 2;
    }
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) return false;
    std::uint8_t bad = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto high = kHexValues[byte_at(text, i * 2)];
        const auto low = kHexValues[byte_at(text, i * 2 + 1)];
        bad |= high | low;
        out[i] = static_cast<std::uint8_t>(high << 4 | (low & 0xF));
    }
    return (bad & 0xF0) == 0;
}

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bits = bits << 8 | byte_at(bytes, i);
        for (count += 8; count >= 6;) {
            count -= 6;
            out += kBase64[bits >> count & 0x3F];
        }
    }
    if (count > 0) out += kBase64[bits << (6 - count) & 0x3F];
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.ends_with('=')) {
        if (text.size() % 4 != 0) return std::nullopt;
        text.remove_suffix(text.ends_with("==") ? 2 : 1);
    }
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto value = kBase64Values[byte_at(text, i)];
        if (value == kNone) return std::nullopt;
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xFF);
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    while (true) {
        const auto plain = plus_is_space ? text.find_first_of("%+") : text.find('%');
        out += text.substr(0, plain);
        if (plain == std::string_view::npos) return out;
        text.remove_prefix(plain);
        if (text.front() == '+') {
            out += ' ';
            text.remove_prefix(1);
            continue;
        }
        std::uint8_t byte = 0;
        if (!read_hex(text.substr(1, 2), {&byte, 1})) return std::nullopt;
        out += static_cast<char>(byte);
        text.remove_prefix(3);
    }
}

bool is_utf8(std::string_view text) {
    for (auto i = text_words::skip_words(text, text_words::any_beyond_ascii); i < text.size();) {
        const auto length = sequence_length(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::size_t json_plain_length(std::string_view text) {
    using namespace text_words;
    auto length = skip_words(text, [](std::uint64_t word) {
        return any_beyond_ascii(word | marks_below(word, 0x20) | marks_equal(word, '"') | marks_equal(word, '\\') |
                                marks_equal(word, 0x7F));
    });
    while (length < text.size() && kJsonPlain[byte_at(text, length)]) ++length;
    return length;
}

std::size_t utf8_length(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
    return count;
}

std::string ascii_lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace tw
