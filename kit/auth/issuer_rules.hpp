#pragma once

#include "kit/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tw::auth {

/// The names of claims, which differ between issuers. A name is that of a member, such as "sub" or
/// "https://shop.example/roles". If there is no such member, dots lead into objects:
/// "realm_access.roles" is the member "roles" of the object "realm_access".
struct ClaimNames {
    std::string subject = "sub";
    std::string audience = "aud";
    /// One text with blanks between scopes (RFC 8693 §4.2), or a list.
    std::string scopes = "scope";
    /// One text, or a list.
    std::string roles = "roles";
    std::string client_id = "client_id";
};

/// A claim that a token must have, with exactly this text.
struct RequiredClaim {
    std::string name;
    std::string value;
};

/// What the `typ` of a token's header must be.
enum class TokenType : std::uint8_t {
    access_token,  ///< "at+jwt" (RFC 9068), so that no other JWT of the issuer passes
    any_jwt,       ///< "at+jwt", "JWT" or nothing, for issuers that do not follow RFC 9068
};

/// Which tokens of an issuer are accepted, and how they are read.
struct IssuerRules {
    /// The issuer's name, which the token's `iss` must equal byte by byte.
    std::string issuer;
    /// The token must be for one of these; at least one.
    std::vector<std::string> audiences;
    TokenType type = TokenType::access_token;
    /// How far the clocks of the issuer and of this machine may differ; 0 to 60 s.
    std::chrono::seconds skew{30};
    /// How long after its issue (`iat`) a token is accepted, whatever its `exp`; 1 s to 366 days.
    std::chrono::seconds age_max{86'400};
    ClaimNames claims;
    /// Claims that tell access tokens from the issuer's other tokens, where `typ` does not.
    std::vector<RequiredClaim> required;

    /// Fails with INVALID_ARGUMENT, naming the field, if a value is out of its bounds.
    Result<void> validate() const;
};

}  // namespace tw::auth
