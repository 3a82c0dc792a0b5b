#pragma once

#include "kit/auth/token_fault.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace tw::auth {

/// A token as it was read: well-formed, and not verified. Nothing in it is to be trusted.
struct CompactToken {
    /// The members of the header that are looked at. Those that bring or name a key (jwk, jku, x5c,
    /// x5u) are not.
    std::string algorithm;
    std::optional<std::string> kid;
    std::optional<std::string> type;
    boost::json::object claims;
    /// The part that is signed. It points into the text that was read.
    std::string_view signed_text;
    std::string signature;
};

/// Reads a JWS in compact form (RFC 7515 §7.1) whose payload is a JSON object (RFC 7519).
std::expected<CompactToken, TokenFault> read_token(std::string_view text, std::size_t bytes_max);

}  // namespace tw::auth
