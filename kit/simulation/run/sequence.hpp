#pragma once

#include <cstdint>
#include <string_view>

namespace tw::simulation {

/// Returns the next number of a sequence that depends only on `state`: SplitMix64 (Steele, Lea,
/// Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
inline std::uint64_t next_in_sequence(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/// Returns a number in [0, 1).
inline double fraction_of(std::uint64_t number) { return static_cast<double>(number >> 11) * 0x1.0p-53; }

/// Returns the seed of a part, so that several parts with one seed are independent: numbers that
/// are drawn in one part change nothing in another.
inline std::uint64_t seed_of_part(std::uint64_t seed, std::string_view part) {
    for (const char c : part) {
        seed ^= static_cast<unsigned char>(c);
        next_in_sequence(seed);
        auto mixed = seed;
        seed = next_in_sequence(mixed);
    }
    return seed;
}

}  // namespace tw::simulation
