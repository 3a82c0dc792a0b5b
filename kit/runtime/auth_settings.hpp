#pragma once

#include "kit/auth/authorization.hpp"
#include "kit/auth/issuer_rules.hpp"
#include "kit/auth/key_refresh.hpp"
#include "kit/runtime/config.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tw::runtime {

/// Whose tokens are accepted, and what they permit. The texts are lists: commas separate issuers,
/// and blanks separate several values for one issuer. A list with one entry holds for all issuers.
struct AuthSettings {
    std::string issuers;
    std::string keys;
    std::string ca;
    std::string audiences;
    auth::TokenType token_type = auth::TokenType::access_token;
    std::string required_claims;
    std::string subject_claim = auth::ClaimNames{}.subject;
    std::string audience_claim = auth::ClaimNames{}.audience;
    std::string client_claim = auth::ClaimNames{}.client_id;
    std::string role_claim = auth::ClaimNames{}.roles;
    std::string scope_claim = auth::ClaimNames{}.scopes;
    /// Lists of names, separated by commas.
    std::string support_roles = "support";
    std::string merchant_roles = "merchant";
    std::string operator_roles = "operator";
    std::string support_scopes;
    std::string merchant_scopes;
    std::string operator_scopes;
    std::string services;
    std::chrono::milliseconds skew{30'000};
    std::chrono::minutes token_age_max{24 * 60};
    std::chrono::milliseconds refresh = auth::KeyRefreshOptions{}.period;
    std::chrono::milliseconds stale = auth::KeyRefreshOptions{}.age_max;
    std::chrono::milliseconds timeout = auth::KeyRefreshOptions{}.timeout;
    std::size_t remembered_max = 10'000;
};

AuthSettings auth_settings(const Config& config);
/// Declares the settings above.
void add_auth_settings(std::vector<Setting>& all);

/// Whether callers must show who they are. They need not in the development profile, as long as no
/// issuer is set: a call without a token may then do everything.
bool requires_authentication(const Config& config);

/// One issuer, as the settings describe it.
struct ConfiguredIssuer {
    auth::IssuerRules rules;
    /// Where its keys are: a URL, the path of a file, or empty if the issuer's metadata says it.
    std::string keys;
};

/// Returns the issuers. Fails with INVALID_ARGUMENT, BAD_CONFIG, and names the setting.
Result<std::vector<ConfiguredIssuer>> configured_issuers(const Config& config);
/// Returns when keys are read again. Fails in the same way.
Result<auth::KeyRefreshOptions> key_refresh(const Config& config);

/// Returns what the roles of tokens permit, and what their scopes permit.
std::vector<auth::Grant> granted_by_roles(const AuthSettings& settings);
std::vector<auth::Grant> granted_by_scopes(const AuthSettings& settings);

}  // namespace tw::runtime
