#pragma once

#include "kit/base/error.hpp"

#include <string_view>

namespace tw::auth {

/// The metadata that carries the challenge of a refused call. Over HTTP it is the header field
/// WWW-Authenticate.
inline constexpr std::string_view kChallengeField = "www-authenticate";

/// Returns the challenge of RFC 6750 §3 for an error of authentication or authorization, and an
/// empty text for any other error. It says no more than the error code.
std::string_view challenge_of(const Error& error);

}  // namespace tw::auth
