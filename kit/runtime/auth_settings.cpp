#include "kit/runtime/auth_settings.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting_table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

constexpr std::int64_t kDayMs = 24 * kHourMs;

SettingTable<AuthSettings> issuers_table() {
    using S = AuthSettings;
    return {
        {"auth.issuers", &S::issuers,
         "Issuers whose access tokens are accepted, by the name in the token's iss claim; several, separated by commas"},
        {"auth.keys", &S::keys,
         "Where the keys of each issuer are, in the same order: the URL of a JWK set, or the path of a file; empty asks the "
         "issuer's metadata (OpenID Connect Discovery)"},
        {"auth.ca", &S::ca, "PEM file of the CA certificates for the issuers' servers; by default those of the system"},
        {"auth.audiences", &S::audiences,
         "Whom a token must be for (aud); one for all issuers, or one for each, separated by commas; blanks separate "
         "alternatives"},
        {"auth.token_type",
         &S::token_type,
         {{"access_token", auth::TokenType::access_token}, {"any_jwt", auth::TokenType::any_jwt}},
         "The typ in a token's header: access_token demands at+jwt (RFC 9068), any_jwt also accepts JWT or nothing"},
        {"auth.required_claims", &S::required_claims,
         "Claims that a token must have, as NAME=VALUE; blanks separate several, commas separate issuers"},
        {"auth.skew_ms", &S::skew, 0, 60'000, Unit::milliseconds,
         "How far the clocks of an issuer and of this machine may differ"},
        {"auth.token_age_max_minutes", &S::token_age_max, 1, 366 * 24 * 60, Unit::minutes,
         "How long after its issue a token is accepted, whatever its exp claim says"},
        {"auth.keys_refresh_ms", &S::refresh, 1'000, 30 * kDayMs, Unit::milliseconds,
         "How long after they were read the keys of an issuer are read again, ± 10%"},
        {"auth.keys_stale_ms", &S::stale, 1'200, 60 * kDayMs, Unit::milliseconds,
         "How long keys may be used while an issuer cannot be reached; at least 1.2 times auth.keys_refresh_ms"},
        {"auth.keys_timeout_ms", &S::timeout, 10, kHourMs, Unit::milliseconds, "How long one reading of keys may take"},
        {"auth.remembered_tokens_max", &S::remembered_max, 0, 10'000'000, Unit::count,
         "How many verified tokens each event loop remembers, so that they are not verified again; 0 remembers none"},
    };
}

SettingTable<AuthSettings> claims_table() {
    using S = AuthSettings;
    return {
        {"auth.subject_claim", &S::subject_claim, "The claim with the id of the user; one for all issuers, or one for each"},
        {"auth.audience_claim", &S::audience_claim, "The claim with the audience, such as client_id for Amazon Cognito"},
        {"auth.client_claim", &S::client_claim, "The claim with the id of the client program, such as azp"},
        {"auth.role_claim", &S::role_claim,
         "The claim with the user's roles, such as cognito:groups; dots lead into objects, as in realm_access.roles"},
        {"auth.scope_claim", &S::scope_claim, "The claim with the token's scopes, such as scp"},
        {"auth.support_roles", &S::support_roles, "Roles that make their user support; separated by commas"},
        {"auth.merchant_roles", &S::merchant_roles, "Roles that make their user a merchant; separated by commas"},
        {"auth.operator_roles", &S::operator_roles, "Roles that make their user an operator; separated by commas"},
        {"auth.support_scopes", &S::support_scopes, "Scopes that make their user support; separated by commas"},
        {"auth.merchant_scopes", &S::merchant_scopes, "Scopes that make their user a merchant; separated by commas"},
        {"auth.operator_scopes", &S::operator_scopes, "Scopes that make their user an operator; separated by commas"},
        {"auth.services", &S::services,
         "URI names of client certificates that may call as a service, as well as those of the program's own modules; separated "
         "by commas"},
    };
}

Error bad_auth(std::string_view key, std::string_view what) {
    return {Code::invalid_argument, reason::kBadConfig, fmt::format("{} {}", key, what)};
}

/// The parts between commas. An empty part counts, because it stands for an issuer.
std::vector<std::string> per_issuer(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = std::min(text.find(','), text.size());
        parts.emplace_back(trimmed(text.substr(0, comma)));
        if (comma == text.size()) return parts;
        text.remove_prefix(comma + 1);
    }
}

/// A setting with one value for all issuers, or one for each.
class PerIssuer {
 public:
    PerIssuer(std::string_view key, std::string_view text, std::size_t issuers)
        : key_{key}, parts_{per_issuer(text)}, fits_{parts_.size() == 1 || parts_.size() == issuers} {}

    Result<void> check() const {
        if (fits_) return {};
        return bad_auth(key_, "needs one value for all of auth.issuers, or one for each");
    }
    const std::string& of(std::size_t issuer) const { return parts_.size() == 1 ? parts_[0] : parts_[issuer]; }

 private:
    std::string_view key_;
    std::vector<std::string> parts_;
    bool fits_;
};

Result<std::vector<auth::RequiredClaim>> read_required(std::string_view text) {
    std::vector<auth::RequiredClaim> claims;
    for (const auto& part : split_list(text, ' ')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos || equals == 0) return bad_auth("auth.required_claims", "needs NAME=VALUE");
        claims.push_back({part.substr(0, equals), part.substr(equals + 1)});
    }
    return claims;
}

/// The settings that may differ between issuers.
struct IssuerLists {
    IssuerLists(const AuthSettings& settings, std::size_t issuers)
        : keys{"auth.keys", settings.keys, issuers},
          audiences{"auth.audiences", settings.audiences, issuers},
          required{"auth.required_claims", settings.required_claims, issuers},
          subject{"auth.subject_claim", settings.subject_claim, issuers},
          audience{"auth.audience_claim", settings.audience_claim, issuers},
          client{"auth.client_claim", settings.client_claim, issuers},
          roles{"auth.role_claim", settings.role_claim, issuers},
          scopes{"auth.scope_claim", settings.scope_claim, issuers} {}

    Result<void> check() const {
        for (const auto* list : {&keys, &audiences, &required, &subject, &audience, &client, &roles, &scopes}) {
            if (auto fits = list->check(); !fits) return fits;
        }
        return {};
    }

    Result<ConfiguredIssuer> read(const AuthSettings& settings, const std::string& name, std::size_t i) const {
        auto claims = read_required(required.of(i));
        if (!claims) return std::move(claims).error();
        ConfiguredIssuer issuer{.rules = {.issuer = name,
                                          .audiences = split_list(audiences.of(i), ' '),
                                          .type = settings.token_type,
                                          .skew = std::chrono::duration_cast<std::chrono::seconds>(settings.skew),
                                          .age_max = settings.token_age_max,
                                          .claims = {.subject = subject.of(i),
                                                     .audience = audience.of(i),
                                                     .scopes = scopes.of(i),
                                                     .roles = roles.of(i),
                                                     .client_id = client.of(i)},
                                          .required = std::move(*claims)},
                                .keys = keys.of(i)};
        if (issuer.rules.audiences.empty()) return bad_auth("auth.audiences", "must be set if auth.issuers is set");
        if (!issuer.rules.validate()) return bad_auth("auth.*_claim", "must not be empty");
        return issuer;
    }

    PerIssuer keys;
    PerIssuer audiences;
    PerIssuer required;
    PerIssuer subject;
    PerIssuer audience;
    PerIssuer client;
    PerIssuer roles;
    PerIssuer scopes;
};

std::vector<auth::Grant> grants(std::initializer_list<std::pair<const std::string*, rpc::Caller>> lists) {
    std::vector<auth::Grant> all;
    for (const auto& [names, caller] : lists) {
        for (auto& name : split_list(*names, ',')) all.push_back({std::move(name), caller});
    }
    return all;
}

}  // namespace

void add_auth_settings(std::vector<Setting>& all) {
    append(all, issuers_table().declare());
    append(all, claims_table().declare());
}

AuthSettings auth_settings(const Config& config) { return claims_table().read(config, issuers_table().read(config)); }

bool requires_authentication(const Config& config) {
    return profile_of(config) == Profile::production || !auth_settings(config).issuers.empty();
}

Result<std::vector<ConfiguredIssuer>> configured_issuers(const Config& config) {
    const auto settings = auth_settings(config);
    const auto names = split_list(settings.issuers, ',');
    std::vector<ConfiguredIssuer> issuers;
    if (names.empty()) return issuers;
    const IssuerLists lists{settings, names.size()};
    if (auto fine = lists.check(); !fine) return std::move(fine).error();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (std::ranges::count(names, names[i]) > 1) return bad_auth("auth.issuers", "names an issuer twice");
        auto issuer = lists.read(settings, names[i], i);
        if (!issuer) return std::move(issuer).error();
        issuers.push_back(std::move(*issuer));
    }
    return issuers;
}

Result<auth::KeyRefreshOptions> key_refresh(const Config& config) {
    const auto settings = auth_settings(config);
    const auth::KeyRefreshOptions options{.period = settings.refresh, .age_max = settings.stale, .timeout = settings.timeout};
    if (!options.validate()) return bad_auth("auth.keys_stale_ms", "must be at least 1.2 times auth.keys_refresh_ms");
    return options;
}

std::vector<auth::Grant> granted_by_roles(const AuthSettings& settings) {
    return grants({{&settings.support_roles, rpc::Caller::support},
                   {&settings.merchant_roles, rpc::Caller::merchant},
                   {&settings.operator_roles, rpc::Caller::operator_}});
}

std::vector<auth::Grant> granted_by_scopes(const AuthSettings& settings) {
    return grants({{&settings.support_scopes, rpc::Caller::support},
                   {&settings.merchant_scopes, rpc::Caller::merchant},
                   {&settings.operator_scopes, rpc::Caller::operator_}});
}

}  // namespace tw::runtime
