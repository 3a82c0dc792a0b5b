#include "kit/auth/token_fault.hpp"

#include "kit/auth/reasons.hpp"

#include <string>

namespace tw::auth {

std::string_view fault_name(TokenFault fault) {
    switch (fault) {
        case TokenFault::too_large:
            return "too_large";
        case TokenFault::malformed:
            return "malformed";
        case TokenFault::malformed_header:
            return "malformed_header";
        case TokenFault::malformed_claims:
            return "malformed_claims";
        case TokenFault::critical_header:
            return "critical_header";
        case TokenFault::wrong_type:
            return "wrong_type";
        case TokenFault::wrong_algorithm:
            return "wrong_algorithm";
        case TokenFault::unknown_issuer:
            return "unknown_issuer";
        case TokenFault::unknown_key:
            return "unknown_key";
        case TokenFault::wrong_signature:
            return "wrong_signature";
        case TokenFault::wrong_audience:
            return "wrong_audience";
        case TokenFault::expired:
            return "expired";
        case TokenFault::not_yet_valid:
            return "not_yet_valid";
        case TokenFault::too_old:
            return "too_old";
        case TokenFault::missing_claim:
            return "missing_claim";
        case TokenFault::wrong_claim:
            return "wrong_claim";
        case TokenFault::malformed_request:
            return "malformed_request";
    }
    return "unknown";
}

Error refused_token(TokenFault fault) {
    return Error{Code::unauthenticated, reason::kInvalidToken, "The access token is not valid."}.with_cause(
        std::string{fault_name(fault)});
}

}  // namespace tw::auth
