#pragma once

#include "kit/auth/keys/crypto_handles.hpp"

#include <string_view>

namespace tw::auth {

/// Make public keys of the numbers in a JWK, in big-endian bytes. They return null if the numbers
/// are no such key: a point that is not on the curve, an even exponent, a wrong length.
PkeyHandle rsa_key(std::string_view modulus, std::string_view exponent);
PkeyHandle p256_key(std::string_view x, std::string_view y);
PkeyHandle ed25519_key(std::string_view x);

}  // namespace tw::auth
