#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tw::redis {

namespace detail {

/// Computes SHA-1 (FIPS 180-4 §6.1) at compile time. Redis names scripts by it; it is not used for
/// security.
constexpr std::array<std::uint32_t, 5> sha1(std::string_view text) {
    constexpr std::size_t kBlock = 64;
    std::array<std::uint32_t, 5> state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    const auto byte_at = [text](std::size_t index, std::size_t total) -> std::uint32_t {
        if (index < text.size()) return static_cast<std::uint8_t>(text[index]);
        if (index == text.size()) return 0x80;
        if (index + 8 < total) return 0;
        return static_cast<std::uint8_t>((std::uint64_t{text.size()} * 8) >> (8 * (total - 1 - index)));
    };
    const auto total = (text.size() + 8) / kBlock * kBlock + kBlock;
    for (std::size_t start = 0; start < total; start += kBlock) {
        std::array<std::uint32_t, 80> w{};
        for (std::size_t i = 0; i < kBlock; ++i) w[i / 4] = (w[i / 4] << 8) | byte_at(start + i, total);
        for (std::size_t i = 16; i < w.size(); ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        auto [a, b, c, d, e] = state;
        for (std::size_t i = 0; i < w.size(); ++i) {
            std::uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
            f += i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            f += std::rotl(a, 5) + e + w[i];
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = f;
        }
        state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
    }
    return state;
}

}  // namespace detail

/// A Lua script, which the server runs as one atomic step. It is a constant with static storage.
class Script {
 public:
    explicit constexpr Script(std::string_view text) : text_{text} {
        const auto words = detail::sha1(text);
        for (std::size_t i = 0; i < name_.size(); ++i) name_[i] = "0123456789abcdef"[(words[i / 8] >> (28 - 4 * (i % 8))) & 0xF];
    }

    constexpr std::string_view text() const { return text_; }
    /// The name of the script for EVALSHA.
    constexpr std::string_view name() const { return {name_.data(), name_.size()}; }

 private:
    std::string_view text_;
    std::array<char, 40> name_{};
};

}  // namespace tw::redis
