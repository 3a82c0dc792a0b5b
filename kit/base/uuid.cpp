#include "kit/base/uuid.hpp"

#include "kit/base/encoding.hpp"

#include <cstring>

namespace tw {
namespace {

constexpr std::size_t kTextLength = 36;

/// One of the text's five groups: where it starts in the text and in the bytes, and how many bytes
/// it has.
struct Group {
    std::size_t text;
    std::size_t byte;
    std::size_t count;
};
using Digits = std::array<char, 2 * std::tuple_size_v<Uuid::Bytes>>;
constexpr Group kGroups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextLength) return std::nullopt;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
    // The digits are copied without the dashes, so that they are read as one run.
    Digits digits;
#pragma GCC unroll 5
    for (const auto& group : kGroups) std::memcpy(digits.data() + 2 * group.byte, text.data() + group.text, 2 * group.count);
    Bytes bytes;
    if (!read_hex({digits.data(), digits.size()}, bytes)) return std::nullopt;
    return Uuid{bytes};
}

std::string Uuid::to_string() const {
    std::string out(kTextLength, '-');
    Digits digits;
    write_hex(bytes_, digits.data());
#pragma GCC unroll 5
    for (const auto& group : kGroups) std::memcpy(out.data() + group.text, digits.data() + 2 * group.byte, 2 * group.count);
    return out;
}

}  // namespace tw

std::size_t std::hash<tw::Uuid>::operator()(const tw::Uuid& uuid) const noexcept {
    // The last eight bytes of a version 7 UUID are random, so they are a hash as they stand.
    std::uint64_t tail = 0;
    std::memcpy(&tail, uuid.bytes().data() + 8, sizeof tail);
    return tail;
}
