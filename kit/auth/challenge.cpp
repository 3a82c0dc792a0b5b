#include "kit/auth/challenge.hpp"

#include "kit/auth/reasons.hpp"

namespace tw::auth {

std::string_view challenge_of(const Error& error) {
    if (error.reason() == reason::kInvalidToken) return R"(Bearer error="invalid_token")";
    // RFC 6750 §3.1: a request without a token is told no error code.
    if (error.reason() == reason::kTokenRequired) return "Bearer";
    if (error.reason() == reason::kCallerNotAllowed) return R"(Bearer error="insufficient_scope")";
    return {};
}

}  // namespace tw::auth
