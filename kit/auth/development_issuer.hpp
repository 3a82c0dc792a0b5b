#pragma once

#include "kit/auth/issuer_rules.hpp"
#include "kit/auth/key_set.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tw::auth {

/// What a token for development says.
struct DevelopmentToken {
    std::string subject;
    std::vector<std::string> roles{};
    std::vector<std::string> scopes{};
    std::chrono::seconds lifetime{3'600};
};

/// An issuer within the process, for development without an identity provider. It makes a new
/// Ed25519 key each time; the private key never leaves the object. A program that offers it must do
/// so on loopback and in its development profile only.
///
/// An object may be used by several threads.
class DevelopmentIssuer {
 public:
    /// `issuer` and `audience` become `iss` and `aud`. `clock` must outlive the object. Throws
    /// std::runtime_error if OpenSSL cannot make a key.
    DevelopmentIssuer(const Clock& clock, std::string issuer, std::string audience);
    ~DevelopmentIssuer();
    DevelopmentIssuer(const DevelopmentIssuer&) = delete;
    DevelopmentIssuer& operator=(const DevelopmentIssuer&) = delete;

    /// Signs an access token of RFC 9068.
    std::string sign(const DevelopmentToken& token) const;
    /// The public key, as the text of a JWK set and as keys.
    const std::string& jwks() const { return jwks_; }
    KeySet keys() const;
    /// The rules by which this issuer's tokens are accepted.
    IssuerRules rules() const;

 private:
    struct PrivateKey;

    const Clock& clock_;
    std::string issuer_;
    std::string audience_;
    std::unique_ptr<PrivateKey> key_;
    std::string kid_;
    std::string jwks_;
};

}  // namespace tw::auth
