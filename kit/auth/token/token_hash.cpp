#include "kit/auth/token/token_hash.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace tw::auth {
namespace {

static_assert(std::endian::native == std::endian::little, "SipHash reads words in little endian");

std::uint64_t word_at(std::string_view text, std::size_t at, std::size_t size = sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    // memcpy takes no null pointer, not even for no bytes.
    if (size > 0) std::memcpy(&word, text.data() + at, size);
    return word;
}

/// Two words that processors compare by one instruction.
using Block = std::uint64_t __attribute__((vector_size(16)));
/// How many bytes are compared in one step.
constexpr std::size_t kStepBytes = 2 * sizeof(Block);

Block block_at(std::string_view text, std::size_t at) {
    Block block;
    std::memcpy(&block, text.data() + at, sizeof block);
    return block;
}

struct SipState {
    std::uint64_t a, b, c, d;

    void round() {
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    }
    void take(std::uint64_t word) {
        d ^= word;
        round();
        round();
        a ^= word;
    }
};

}  // namespace

std::uint64_t sip_hash(const SipKey& key, std::string_view text) {
    SipState state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU, key[0] ^ 0x6c7967656e657261U,
                   key[1] ^ 0x7465646279746573U};
    std::size_t at = 0;
    for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) state.take(word_at(text, at));
    state.take(word_at(text, at, text.size() - at) | static_cast<std::uint64_t>(text.size()) << 56U);
    state.c ^= 0xff;
    for (int i = 0; i < 4; ++i) state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    std::uint64_t difference = 0;
    std::size_t at = 0;
    if (a.size() >= kStepBytes) {
        Block first{};
        Block second{};
        for (const auto last = a.size() - kStepBytes; at <= last; at += kStepBytes) {
            first |= block_at(a, at) ^ block_at(b, at);
            second |= block_at(a, at + sizeof(Block)) ^ block_at(b, at + sizeof(Block));
        }
        first |= second;
        difference = first[0] | first[1];
    }
    for (; a.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) difference |= word_at(a, at) ^ word_at(b, at);
    difference |= word_at(a, at, a.size() - at) ^ word_at(b, at, b.size() - at);
    return difference == 0;
}

}  // namespace tw::auth
