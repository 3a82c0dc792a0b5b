#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Functions that check text eight bytes at a time, for checks that nearly every byte passes. A
/// word test says whether some byte of the word has a property (S. E. Anderson, Bit Twiddling
/// Hacks: "Determine if a word has a byte less than n"). It does not say which byte.
namespace tw::text_words {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101U;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080U;

/// `limit` is at most 128.
constexpr bool any_below(std::uint64_t word, std::uint8_t limit) { return ((word - kEachByte * limit) & ~word & kHighBits) != 0; }
constexpr bool any_equal(std::uint64_t word, std::uint8_t byte) { return any_below(word ^ (kEachByte * byte), 1); }
constexpr bool any_beyond_ascii(std::uint64_t word) { return (word & kHighBits) != 0; }

/// The high bit of each byte below `limit` (at most 128), or equal to `byte`, is set in the result.
/// High bits of bytes above such a byte may be set, too, and those of bytes beyond ASCII. Tests of
/// several properties together are cheaper this way.
constexpr std::uint64_t marks_below(std::uint64_t word, std::uint8_t limit) { return word - kEachByte * limit; }
constexpr std::uint64_t marks_equal(std::uint64_t word, std::uint8_t byte) { return marks_below(word ^ (kEachByte * byte), 1); }

/// Returns the length of the front of `text` in which no odd byte was found: all of it, or a
/// multiple of eight. The caller checks the rest byte by byte.
template <class HasOddByte>
std::size_t skip_words(std::string_view text, HasOddByte has_odd_byte) {
    constexpr auto kSize = sizeof(std::uint64_t);
    const auto odd_at = [&](std::size_t at) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, kSize);
        return has_odd_byte(word);
    };
    if (text.size() < kSize) return 0;
    std::size_t at = 0;
    for (; text.size() - at >= kSize; at += kSize) {
        if (odd_at(at)) return at;
    }
    // The last word overlaps the one before.
    return odd_at(text.size() - kSize) ? at : text.size();
}

}  // namespace tw::text_words
