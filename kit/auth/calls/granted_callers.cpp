#include "kit/auth/calls/granted_callers.hpp"

#include <string_view>

namespace tw::auth {
namespace {

rpc::CallerSet granted(const std::vector<Grant>& grants, const std::vector<std::string>& names) {
    rpc::CallerSet all = 0;
    for (const std::string_view name : names) {
        for (const auto& grant : grants) {
            if (name == grant.name) all |= rpc::set_of(grant.caller);
        }
    }
    return all;
}

}  // namespace

rpc::CallerSet GrantedCallers::find(const Principal& principal) const {
    return granted(roles_, principal.roles) | granted(scopes_, principal.scopes);
}

}  // namespace tw::auth
