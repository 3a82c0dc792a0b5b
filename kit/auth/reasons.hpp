#pragma once

#include <string_view>

namespace tw::auth::reason {

inline constexpr std::string_view kInvalidKeySet = "INVALID_KEY_SET";
inline constexpr std::string_view kInvalidToken = "INVALID_TOKEN";
inline constexpr std::string_view kTokenRequired = "TOKEN_REQUIRED";
inline constexpr std::string_view kCallerNotAllowed = "CALLER_NOT_ALLOWED";
inline constexpr std::string_view kKeysUnavailable = "KEYS_UNAVAILABLE";
inline constexpr std::string_view kIssuerInvalid = "ISSUER_INVALID";

}  // namespace tw::auth::reason
