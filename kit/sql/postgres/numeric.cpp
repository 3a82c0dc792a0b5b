#include "kit/sql/postgres/numeric.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tw::sql::pg {
namespace {

// A numeric consists of groups of four decimal digits. The first group counts units of
// 10000^weight.
constexpr std::int64_t kBase = 10'000;
constexpr std::size_t kHeadBytes = 8;
constexpr std::uint16_t kNegative = 0x4000;
constexpr std::uint16_t kNotANumber = 0xC000;

std::uint16_t word(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[at]) << 8) | static_cast<unsigned char>(bytes[at + 1]));
}

}  // namespace

std::optional<Value> read_numeric(std::string_view bytes) {
    if (bytes.size() < kHeadBytes) return std::nullopt;
    const std::size_t groups = word(bytes, 0);
    const auto weight = static_cast<std::int16_t>(word(bytes, 2));
    const auto sign = word(bytes, 4);
    if (bytes.size() != kHeadBytes + 2 * groups) return std::nullopt;
    if (sign == kNotANumber) return Value{std::numeric_limits<double>::quiet_NaN()};

    // The number is built up as a negative one, since the lowest 64-bit number has no positive
    // counterpart.
    std::int64_t whole = 0;
    double real = 0;
    bool fits = weight < static_cast<int>(groups) + 5;
    for (std::size_t i = 0; i < groups; ++i) {
        const std::int64_t digits = word(bytes, kHeadBytes + 2 * i);
        const int exponent = weight - static_cast<int>(i);
        real += static_cast<double>(digits) * std::pow(static_cast<double>(kBase), exponent);
        if (exponent < 0 && digits != 0) fits = false;
        if (exponent < 0) continue;
        fits = fits && !__builtin_mul_overflow(whole, kBase, &whole) && !__builtin_sub_overflow(whole, digits, &whole);
    }
    for (int exponent = weight - static_cast<int>(groups); fits && exponent >= 0; --exponent) {
        fits = !__builtin_mul_overflow(whole, kBase, &whole);
    }
    const bool negative = sign == kNegative;
    if (fits && !negative) fits = whole != std::numeric_limits<std::int64_t>::min();
    if (!fits) return Value{negative ? -real : real};
    return Value{negative ? whole : -whole};
}

}  // namespace tw::sql::pg
