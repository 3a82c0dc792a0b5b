#pragma once

#include <algorithm>
#include <cstdint>

namespace tw::console {

/// The greatest whole number that JavaScript reads exactly.
inline constexpr std::int64_t kExactMax = (std::int64_t{1} << 53) - 1;

/// The nanoseconds between two times, at most kExactMax. 0 if `to` is not later than `from`.
inline std::int64_t elapsed_ns(std::int64_t from_ns, std::int64_t to_ns) {
    if (to_ns <= from_ns) return 0;
    const auto difference = static_cast<std::uint64_t>(to_ns) - static_cast<std::uint64_t>(from_ns);
    return static_cast<std::int64_t>(std::min(difference, static_cast<std::uint64_t>(kExactMax)));
}

/// Microseconds of a time in nanoseconds.
inline std::int64_t micros_of(std::int64_t time_ns) { return time_ns / 1000; }

}  // namespace tw::console
