#pragma once

#include "kit/auth/key_set.hpp"

#include <optional>
#include <string>

#include <boost/json/object.hpp>

namespace tw::auth {

/// What became of one key of a set.
struct JwkOutcome {
    /// The key, if it is a usable one.
    std::optional<VerificationKey> key;
    /// Why the whole set must be refused; empty if it need not be.
    std::string fault;
};

/// Reads one key of a JWK set (RFC 7517 §4). A key that is not for verifying signatures by a
/// supported algorithm is left out: neither member is set.
JwkOutcome read_jwk(const boost::json::object& jwk);

}  // namespace tw::auth
