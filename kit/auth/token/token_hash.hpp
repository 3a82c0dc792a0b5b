#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tw::auth {

/// The key of a SipHash.
using SipKey = std::array<std::uint64_t, 2>;

/// Returns the SipHash-2-4 of the text (Aumasson and Bernstein, 2012). Who does not know the key
/// cannot find texts with the same hash.
std::uint64_t sip_hash(const SipKey& key, std::string_view text);

/// Returns whether two texts are the same. How long it takes depends on their sizes and on nothing
/// else about them.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace tw::auth
