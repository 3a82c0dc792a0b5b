#include "apps/tradewind/console/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::app {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// The console's page names the same characters (web/src/lib/format.ts).
constexpr std::array kUnseen{Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0xAD, 0xAD},      Range{0x61C, 0x61C},
                             Range{0x180E, 0x180E}, Range{0x200B, 0x200F}, Range{0x2028, 0x202E},  Range{0x2060, 0x206F},
                             Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F}};

struct Character {
    char32_t code = 0;
    /// 0: the bytes are no UTF-8.
    std::size_t bytes = 0;
};

/// Reads the first character of a text that is not empty (RFC 3629).
Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    char32_t code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0) != 0x80) return {};
        code = code << 6 | (next & 0x3F);
    }
    if (code < kLeast[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, bytes};
}

bool is_unseen(char32_t code) {
    return std::ranges::any_of(kUnseen, [code](const Range& range) { return code >= range.first && code <= range.last; });
}

}  // namespace

Painter Painter::of_standard_output() {
    const auto* const refused = std::getenv("NO_COLOR");
    const auto* const terminal = std::getenv("TERM");
    const bool dumb = terminal != nullptr && std::string_view{terminal} == "dumb";
    return Painter{::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') && !dumb};
}

std::string Painter::operator()(Colour colour, std::string_view text) const {
    if (!colours_ || text.empty()) return std::string{text};
    const int code = colour == Colour::red ? 31 : colour == Colour::yellow ? 33 : 2;
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string visible(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto [code, bytes] = first_of(text);
        if (bytes == 0) {
            shown += fmt::format("<0x{:02X}>", static_cast<unsigned char>(text.front()));
        } else if (code == '\n' || code == '\t') {
            shown += code == '\n' ? "\\n" : "\\t";
        } else if (is_unseen(code)) {
            shown += fmt::format("<U+{:04X}>", static_cast<std::uint32_t>(code));
        } else {
            shown += text.substr(0, bytes);
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return shown;
}

bool print_out(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

std::string local_time(std::int64_t unix_micros) {
    constexpr std::int64_t kMicros = 1'000'000;
    const auto seconds = static_cast<std::time_t>(unix_micros / kMicros);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec, unix_micros % kMicros / 1000);
}

std::string millis_text(std::int64_t nanoseconds) { return fmt::format("{:.2f} ms", static_cast<double>(nanoseconds) / 1e6); }

}  // namespace tw::app
