#pragma once

#include <cstdint>
#include <string_view>

namespace tw::auth {

/// The signature algorithms of tokens (RFC 7518 §3, RFC 8037). Others are not supported: neither
/// `none` nor HMAC, whatever a token says.
enum class Algorithm : std::uint8_t {
    rs256,  ///< RSASSA-PKCS1-v1_5 with SHA-256, with keys of 2048 to 8192 bits
    es256,  ///< ECDSA on P-256 with SHA-256
    eddsa,  ///< Ed25519
};

/// Returns the name as in a token's header: "RS256", "ES256" or "EdDSA".
constexpr std::string_view algorithm_name(Algorithm algorithm) {
    if (algorithm == Algorithm::rs256) return "RS256";
    return algorithm == Algorithm::es256 ? "ES256" : "EdDSA";
}

/// Whether a token's `alg` is one of these.
constexpr bool is_algorithm(std::string_view name) {
    return name == algorithm_name(Algorithm::rs256) || name == algorithm_name(Algorithm::es256) ||
           name == algorithm_name(Algorithm::eddsa);
}

}  // namespace tw::auth
