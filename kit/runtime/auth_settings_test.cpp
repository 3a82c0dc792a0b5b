#include "kit/runtime/auth_settings.hpp"

#include "kit/runtime/core_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Settings = std::vector<std::pair<std::string, std::string>>;

Config config_of_auth(Settings settings) {
    std::vector<Assignment> flags;
    for (auto& [key, value] : settings) flags.push_back({std::move(key), std::move(value), "--set"});
    return Config::read("test", all_settings("test", {}, "/nowhere"), {.flags = std::move(flags)}).value();
}

std::string fault_of_issuers(Settings settings) {
    const auto issuers = configured_issuers(config_of_auth(std::move(settings)));
    if (issuers) return "";
    EXPECT_EQ(issuers.error().reason(), "BAD_CONFIG");
    return std::string{issuers.error().detail()};
}

TEST(AuthSettings, authentication_is_required_in_production_and_as_soon_as_there_is_an_issuer) {
    EXPECT_FALSE(requires_authentication(config_of_auth({})));
    EXPECT_TRUE(requires_authentication(config_of_auth({{"auth.issuers", "https://id.example"}})));
    EXPECT_TRUE(requires_authentication(config_of_auth({{"profile", "production"}})));
}

TEST(AuthSettings, one_value_holds_for_all_issuers_and_a_list_gives_each_its_own) {
    const auto issuers = configured_issuers(config_of_auth({{"auth.issuers", "https://a.example, https://b.example"},
                                                            {"auth.audiences", "shop other"},
                                                            {"auth.keys", ",/keys/b.json"},
                                                            {"auth.role_claim", "realm_access.roles,cognito:groups"},
                                                            {"auth.required_claims", ",token_use=access client_id=web"}}));
    ASSERT_TRUE(issuers) << issuers.error().detail();
    ASSERT_EQ(issuers->size(), 2U);
    const auto& first = issuers->at(0);
    const auto& second = issuers->at(1);
    EXPECT_EQ(first.rules.issuer, "https://a.example");
    EXPECT_THAT(first.rules.audiences, ElementsAre("shop", "other"));
    EXPECT_EQ(first.keys, "");
    EXPECT_EQ(first.rules.claims.roles, "realm_access.roles");
    EXPECT_TRUE(first.rules.required.empty());
    EXPECT_THAT(second.rules.audiences, ElementsAre("shop", "other"));
    EXPECT_EQ(second.keys, "/keys/b.json");
    EXPECT_EQ(second.rules.claims.roles, "cognito:groups");
    ASSERT_EQ(second.rules.required.size(), 2U);
    EXPECT_EQ(second.rules.required[0].name + "=" + second.rules.required[0].value, "token_use=access");
}

TEST(AuthSettings, what_cannot_be_used_is_named) {
    const std::pair<std::string, std::string> issuer{"auth.issuers", "https://a,https://b"};
    EXPECT_EQ(fault_of_issuers({}), "");
    EXPECT_THAT(fault_of_issuers({issuer}), HasSubstr("auth.audiences"));
    EXPECT_THAT(fault_of_issuers({issuer, {"auth.audiences", "x,y,z"}}), HasSubstr("auth.audiences needs one value for all"));
    EXPECT_THAT(fault_of_issuers({issuer, {"auth.audiences", "x"}, {"auth.required_claims", "token_use"}}),
                HasSubstr("NAME=VALUE"));
    EXPECT_THAT(fault_of_issuers({issuer, {"auth.audiences", "x"}, {"auth.role_claim", ""}}), HasSubstr("auth.*_claim"));
    EXPECT_THAT(fault_of_issuers({{"auth.issuers", "https://a,https://a"}, {"auth.audiences", "x"}}), HasSubstr("twice"));
}

TEST(AuthSettings, keys_may_be_used_a_fifth_longer_than_they_stay_unread) {
    EXPECT_TRUE(key_refresh(config_of_auth({})));
    const auto refused = key_refresh(config_of_auth({{"auth.keys_refresh_ms", "10000"}, {"auth.keys_stale_ms", "11999"}}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail(), HasSubstr("auth.keys_stale_ms"));
    EXPECT_TRUE(key_refresh(config_of_auth({{"auth.keys_refresh_ms", "10000"}, {"auth.keys_stale_ms", "12000"}})));
}

TEST(AuthSettings, roles_and_scopes_have_the_names_of_the_issuer) {
    const auto settings = auth_settings(config_of_auth(
        {{"auth.support_roles", "helpers, first-level"}, {"auth.operator_roles", ""}, {"auth.operator_scopes", "shop:operate"}}));
    const auto names = [](const std::vector<auth::Grant>& grants) {
        std::vector<std::string> all;
        for (const auto& grant : grants) all.push_back(grant.name);
        return all;
    };
    EXPECT_THAT(names(granted_by_roles(settings)), ElementsAre("helpers", "first-level", "merchant"));
    EXPECT_THAT(names(granted_by_scopes(settings)), ElementsAre("shop:operate"));
    EXPECT_EQ(granted_by_scopes(settings)[0].caller, rpc::Caller::operator_);
}

}  // namespace
}  // namespace tw::runtime
