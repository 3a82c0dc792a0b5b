#include "kit/auth/issuer_rules.hpp"

#include <algorithm>

namespace tw::auth {

Result<void> IssuerRules::validate() const {
    using namespace std::chrono_literals;
    std::vector<Violation> violations;
    const auto require = [&](bool holds, const char* pointer, const char* detail) {
        if (!holds) violations.push_back({pointer, detail});
    };
    require(!issuer.empty(), "/issuer", "must not be empty");
    const bool audiences_fine = !audiences.empty() && std::ranges::find(audiences, std::string{}) == audiences.end();
    require(audiences_fine, "/audiences", "must have at least one audience, and none that is empty");
    require(skew >= 0s && skew <= 60s, "/skew", "must be from 0 to 60 s");
    require(age_max >= 1s && age_max <= 24h * 366, "/age_max", "must be from 1 s to 366 days");
    for (const auto* name : {&claims.subject, &claims.audience, &claims.scopes, &claims.roles, &claims.client_id}) {
        require(!name->empty(), "/claims", "must have no empty name");
    }
    const bool named = std::ranges::none_of(required, [](const auto& claim) { return claim.name.empty(); });
    require(named, "/required", "must have no empty name");
    if (violations.empty()) return {};
    return invalid(std::move(violations));
}

}  // namespace tw::auth
