#pragma once

#include "kit/auth/claims.hpp"
#include "kit/auth/issuer_rules.hpp"
#include "kit/auth/token/compact_token.hpp"
#include "kit/base/clock.hpp"

#include <expected>
#include <string_view>

#include <boost/json/value.hpp>

namespace tw::auth {

/// Returns the claim of that name (ClaimNames), or null.
const boost::json::value* find_claim(const boost::json::object& claims, std::string_view name);

/// Whether the header's `typ` is one that the rules accept (RFC 8725 §3.11).
bool is_accepted_type(const CompactToken& token, TokenType accepted);

/// Checks the claims of a token whose signature is valid, and reads them. The issuer must have been
/// checked.
std::expected<Claims, TokenFault> read_claims(const boost::json::object& claims, const IssuerRules& rules, Timestamp now);

}  // namespace tw::auth
