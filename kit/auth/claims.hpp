#pragma once

#include "kit/async/principal.hpp"
#include "kit/base/clock.hpp"

#include <chrono>
#include <string>

namespace tw::auth {

/// What a verified token says.
struct Claims {
    /// The token's user, with roles, scopes, issuer and client.
    Principal principal;
    Timestamp issued_at;
    /// The token is valid until then, give or take the issuer's skew.
    Timestamp expires_at;
    /// The skew that the issuer's rules grant.
    std::chrono::seconds skew{0};
    /// The `authorization` that carries the token: "Bearer …". It is a secret.
    std::string authorization;
};

}  // namespace tw::auth
