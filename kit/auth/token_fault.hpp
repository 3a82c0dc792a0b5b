#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <string_view>

namespace tw::auth {

/// Why a token was refused, for logs and metrics. Callers are never told.
enum class TokenFault : std::uint8_t {
    too_large,          ///< more bytes than are read
    malformed,          ///< not three parts in canonical base64url
    malformed_header,   ///< the header is not a JSON object, has a member twice, or one of a wrong type
    malformed_claims,   ///< the same of the claims
    critical_header,    ///< the header has `crit`: it names extensions that must be understood
    wrong_type,         ///< the header's `typ` is not that of an access token
    wrong_algorithm,    ///< the header's `alg` is not that of the key: `none`, HMAC, or another one
    unknown_issuer,     ///< no issuer of that name is configured
    unknown_key,        ///< the issuer has no key of that name
    wrong_signature,    ///< the signature is not the key's
    wrong_audience,     ///< the token is for somebody else
    expired,            ///< `exp` has passed
    not_yet_valid,      ///< `nbf` or `iat` has not come yet
    too_old,            ///< `iat` is longer ago than the issuer's tokens may live
    missing_claim,      ///< a claim that every token needs is not there
    wrong_claim,        ///< a claim does not have the value that the issuer's rules demand
    malformed_request,  ///< `authorization` came twice, or is not "Bearer" and a token
};

/// Returns the fault's name in logs and metrics, such as "wrong_signature".
std::string_view fault_name(TokenFault fault);

/// Makes the one error for every refused token: UNAUTHENTICATED, reason INVALID_TOKEN. The fault is
/// its cause, which stays in the log.
Error refused_token(TokenFault fault);

}  // namespace tw::auth
