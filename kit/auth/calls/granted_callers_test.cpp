#include "kit/auth/calls/granted_callers.hpp"

#include <gtest/gtest.h>

namespace tw::auth {
namespace {

Principal user_with(std::vector<std::string> roles, std::vector<std::string> scopes = {}) {
    return {.kind = Principal::Kind::user, .roles = std::move(roles), .scopes = std::move(scopes)};
}

TEST(GrantedCallersTest, roles_and_scopes_that_are_not_configured_mean_nothing) {
    GrantedCallers granted{{{"support", rpc::Caller::support}}, {{"shop:run", rpc::Caller::operator_}}};
    EXPECT_EQ(granted.find(user_with({"support", "other"})), rpc::set_of(rpc::Caller::support));
    EXPECT_EQ(granted.find(user_with({"shop:run", ""}, {"support"})), 0U);
    EXPECT_EQ(granted.find(user_with({"support"}, {"shop:run"})),
              rpc::set_of(rpc::Caller::support) | rpc::set_of(rpc::Caller::operator_));
}

TEST(GrantedCallersTest, what_is_remembered_of_one_user_is_never_used_for_another) {
    GrantedCallers granted{{{"support", rpc::Caller::support}, {"merchant", rpc::Caller::merchant}}, {}};
    std::vector<SharedPrincipal> users;
    for (int round = 0; round < 3; ++round) {
        // Half of them go, so that others come to lie where they were.
        for (std::size_t i = 0; i < users.size(); i += 2) users[i] = SharedPrincipal{user_with({"merchant"})};
        while (users.size() < 500) users.emplace_back(user_with({users.size() % 3 == 0 ? "support" : "none"}));
        for (const auto& user : users) EXPECT_EQ(granted.of(user), granted.find(*user));
        for (const auto& user : users) EXPECT_EQ(granted.of(user), granted.find(*user));
    }
}

}  // namespace
}  // namespace tw::auth
