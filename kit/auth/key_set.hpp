#pragma once

#include "kit/auth/algorithm.hpp"
#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace tw::auth {

/// A public key that verifies signatures by one algorithm, which the key has and no token chooses
/// (RFC 8725 §3.1). It is immutable and may be used by several threads.
class VerificationKey {
 public:
    VerificationKey(std::string kid, Algorithm algorithm, std::shared_ptr<evp_pkey_st> key)
        : kid_{std::move(kid)}, algorithm_{algorithm}, key_{std::move(key)} {}

    /// The key's name; empty if the key set gives none.
    const std::string& kid() const { return kid_; }
    Algorithm algorithm() const { return algorithm_; }
    /// Whether `signature` is this key's signature of `text`. The form of a signature is that of
    /// RFC 7518 §3 and RFC 8037: for ES256 the numbers r and s, with 32 bytes each.
    bool verifies(std::string_view text, std::string_view signature) const;

 private:
    std::string kid_;
    Algorithm algorithm_;
    std::shared_ptr<evp_pkey_st> key_;
};

/// The public keys of one issuer, read from a JWK set (RFC 7517). It is immutable.
class KeySet {
 public:
    /// The most bytes of a set's text, keys in it, and bytes of a key's name.
    static constexpr std::size_t kBytesMax = 1024 * 1024;
    static constexpr std::size_t kKeysMax = 64;
    static constexpr std::size_t kKidBytesMax = 128;

    /// Reads a JWK set. Keys of other types, curves and algorithms are left out, and so are those
    /// for encryption. Fails with INVALID_ARGUMENT and the reason INVALID_KEY_SET, and says what is
    /// wrong, if
    /// - the text is not a JSON object with the member "keys", or has a member twice;
    /// - it is beyond the limits above;
    /// - it has a symmetric key or the private part of a key, which must never be published;
    /// - a key is malformed, or is an RSA key with fewer than 2048 bits;
    /// - two usable keys have the same name;
    /// - no key is left.
    static Result<KeySet> parse(std::string_view text);

    /// Returns the key of that name; or, without a name, the key if there is only one. Returns null
    /// if there is no such key. The pointer lives as long as this set.
    const VerificationKey* find(const std::optional<std::string>& kid) const;
    std::size_t size() const { return keys_.size(); }
    /// The names of the keys, for logs.
    std::string kids() const;

    /// A number that sets of the same text have in common. Sets of different texts have different
    /// ones, as far as 64 bits of a hash can tell.
    std::uint64_t number() const { return number_; }

 private:
    std::vector<VerificationKey> keys_;
    std::uint64_t number_ = 0;
};

}  // namespace tw::auth
