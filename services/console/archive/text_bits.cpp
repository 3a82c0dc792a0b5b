#include "services/console/archive/text_bits.hpp"

#include <algorithm>
#include <variant>

namespace tw::console {
namespace {

/// Letters of ASCII count in lower case, as queries compare them.
constexpr auto kLowerBytes = [] {
    std::array<std::uint8_t, 256> bytes{};
    for (std::size_t byte = 0; byte < bytes.size(); ++byte)
        bytes[byte] = static_cast<std::uint8_t>(byte >= 'A' && byte <= 'Z' ? byte | 0x20U : byte);
    return bytes;
}();

std::uint32_t lower_byte(char c) { return kLowerBytes[static_cast<unsigned char>(c)]; }

/// Multiplication spreads the three bytes over the upper bits (Knuth, TAOCP 6.4).
std::uint16_t place_of(std::uint32_t three) { return static_cast<std::uint16_t>(three * 2'654'435'761U >> 16U); }

template <class Use>
void each_place(std::string_view text, Use use) {
    if (text.size() < 3) return;
    std::uint32_t three = lower_byte(text[0]) << 16U | lower_byte(text[1]) << 8U;
    for (const char c : text.substr(2)) {
        // The bytes stand in the upper part, so that the oldest one leaves by itself.
        three = (three | lower_byte(c)) << 8U;
        use(place_of(three >> 8U));
    }
}

}  // namespace

void TextBits::append_places(std::string_view text, std::vector<std::uint16_t>& places) {
    each_place(text, [&places](std::uint16_t place) { places.push_back(place); });
}

bool TextBits::has_all(std::string_view bytes, std::span<const std::uint16_t> places) {
    if (bytes.size() != kBytes) return true;
    return std::ranges::all_of(
        places, [bytes](std::uint16_t place) { return (static_cast<unsigned char>(bytes[place / 8]) >> (place % 8) & 1U) != 0; });
}

void TextBits::add(std::string_view text) {
    each_place(text, [this](std::uint16_t place) { bytes_[place / 8] |= static_cast<std::uint8_t>(1U << (place % 8)); });
}

void TextBits::add(const LogEntry& log) {
    add(log.body);
    add(log.event_name);
    for (const auto& attribute : log.attributes) {
        if (const auto* const text = std::get_if<std::string_view>(&attribute.value)) add(*text);
    }
}

}  // namespace tw::console
