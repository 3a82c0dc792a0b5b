#include "kit/auth/authorization.hpp"

#include "kit/auth/policies_fixture.hpp"
#include "kit/rpc/standard_method.hpp"

#include <functional>
#include <set>
#include <stdexcept>

namespace tw::auth::test {
namespace {

using Names = std::set<std::string_view>;

class AuthorizationTest : public PoliciesTest {
 public:
    AuthorizationTest() { use_policies({}, options_with_service()); }

    static AuthorizationOptions options_with_service() {
        AuthorizationOptions chosen;
        chosen.is_service = [](const rpc::Method&, std::string_view identity) {
            return identity == "spiffe://shop/order" || identity == "spiffe://shop/payment";
        };
        return chosen;
    }
    /// The methods that a caller reaches. Every other one is refused for `refusal`.
    Names reached(const std::string& token, std::string_view refusal, const std::string& identity = {}) {
        Names names;
        for (const auto* method : kShopMethods) {
            const auto reason = reason_of(*method, token, identity);
            if (reason.empty()) {
                names.insert(method->name);
            } else {
                EXPECT_EQ(reason, refusal) << method->name;
            }
        }
        return names;
    }
};

const Names kOfUser{"Anyone", "Owner", "OwnerAndSupport", "OwnerAndService"};

Names user_and(std::string_view name) {
    auto names = kOfUser;
    names.insert(name);
    return names;
}

TEST_F(AuthorizationTest, nobody_calls_what_is_public_and_nothing_else) {
    EXPECT_EQ(reached("", "TOKEN_REQUIRED"), Names{"Anyone"});
    const auto refused = call_with(kForOwner, {});
    EXPECT_EQ(refused.code, Code::unauthenticated);
    EXPECT_EQ(refused.challenge, "Bearer");
}

TEST_F(AuthorizationTest, a_user_calls_what_an_owner_may) {
    EXPECT_EQ(reached(token_with({}), "CALLER_NOT_ALLOWED"), kOfUser);
    const auto refused = call_with(kForSupport, {"Bearer " + token_with({})});
    EXPECT_EQ(refused.code, Code::permission_denied);
    EXPECT_EQ(refused.challenge, R"(Bearer error="insufficient_scope")");
    EXPECT_TRUE(logs.contain("auth.call_refused"));
}

TEST_F(AuthorizationTest, staff_calls_what_its_role_may_too) {
    EXPECT_EQ(reached(token_with({"support"}), "CALLER_NOT_ALLOWED"), user_and("Support"));
    EXPECT_EQ(reached(token_with({"merchant"}), "CALLER_NOT_ALLOWED"), user_and("Merchant"));
    EXPECT_EQ(reached(token_with({"operator"}), "CALLER_NOT_ALLOWED"), user_and("Operator"));
}

TEST_F(AuthorizationTest, who_is_allowed_as_owner_alone_reaches_the_own_objects_alone) {
    EXPECT_EQ(reason_of(kForOwner, token_with({"support"})), "");
    EXPECT_EQ(shop.limit, "user-1") << "support is not among those whom the method allows";
    EXPECT_EQ(reason_of(kForOwnerAndSupport, token_with({})), "");
    EXPECT_EQ(shop.limit, "user-1");
    EXPECT_EQ(reason_of(kForOwnerAndSupport, token_with({"support"})), "");
    EXPECT_EQ(shop.limit, std::nullopt);
    EXPECT_EQ(reason_of(kForOwnerAndService, token_with({}), "spiffe://shop/order"), "");
    EXPECT_EQ(shop.limit, std::nullopt);
    EXPECT_EQ(reason_of(kForAnyone, token_with({})), "");
    EXPECT_EQ(shop.limit, std::nullopt);
}

TEST_F(AuthorizationTest, other_roles_and_scopes_mean_nothing) {
    const auto token = token_with({"Support", "service", "admin", "support ", ""}, "support operator merchant service");
    EXPECT_EQ(reason_of(kForOwner, token), "INVALID_TOKEN");
    EXPECT_EQ(reached(token_with({"Support", "service", "admin", "support ", "*"}, "support operator merchant service"),
                      "CALLER_NOT_ALLOWED"),
              kOfUser);
}

TEST_F(AuthorizationTest, roles_and_scopes_are_called_what_the_issuer_calls_them) {
    auto chosen = options_with_service();
    chosen.roles = {{"shop-helpers", rpc::Caller::support}, {"shop-staff", rpc::Caller::merchant}};
    chosen.scopes = {{"shop:operate", rpc::Caller::operator_}};
    use_policies({}, chosen);
    EXPECT_EQ(reached(token_with({"shop-helpers"}), "CALLER_NOT_ALLOWED"), user_and("Support"));
    EXPECT_EQ(reached(token_with({"support"}), "CALLER_NOT_ALLOWED"), kOfUser);
    EXPECT_EQ(reached(token_with({}, "openid shop:operate"), "CALLER_NOT_ALLOWED"), user_and("Operator"));
}

TEST_F(AuthorizationTest, no_role_makes_a_service_of_a_user) {
    for (const auto caller : {rpc::Caller::service, rpc::Caller::anyone, rpc::Caller::owner}) {
        EXPECT_THROW(use_policies({}, {.roles = {{"x", caller}}}), std::logic_error);
        EXPECT_THROW(use_policies({}, {.scopes = {{"x", caller}}}), std::logic_error);
    }
    EXPECT_THROW(use_policies({}, {.roles = {{"", rpc::Caller::support}}}), std::logic_error);
}

TEST_F(AuthorizationTest, a_service_is_known_by_its_certificate) {
    const Names of_service{"Anyone", "Service", "OwnerAndService"};
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/order"), of_service);
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/gateway"), Names{"Anyone"});
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://evil/order"), Names{"Anyone"});
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/orders"), Names{"Anyone"});
}

TEST_F(AuthorizationTest, a_service_that_passes_a_token_on_may_call_as_either) {
    EXPECT_EQ(reached(token_with({}), "CALLER_NOT_ALLOWED", "spiffe://shop/order"), user_and("Service"));
    EXPECT_EQ(reached(token_with({}), "CALLER_NOT_ALLOWED", "spiffe://shop/gateway"), kOfUser);
}

TEST_F(AuthorizationTest, which_service_calls_which_method_may_be_ruled) {
    auto chosen = options_with_service();
    chosen.is_service = [](const rpc::Method& method, std::string_view identity) {
        return &method == &kForService && identity == "spiffe://shop/order";
    };
    use_policies({}, chosen);
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/order"), (Names{"Anyone", "Service"}));
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/payment"), Names{"Anyone"});
    use_policies();
    EXPECT_EQ(reached("", "CALLER_NOT_ALLOWED", "spiffe://shop/order"), Names{"Anyone"});
}

TEST_F(AuthorizationTest, an_operator_is_an_operator_alone_unless_development_says_more) {
    const Principal operator_of_the_system{.kind = Principal::Kind::operator_, .id = "ops"};
    EXPECT_TRUE(authorization->allows(kForOperator, operator_of_the_system, ""));
    EXPECT_TRUE(authorization->allows(kForAnyone, operator_of_the_system, ""));
    for (const auto* method : {&kForOwner, &kForSupport, &kForMerchant, &kForService, &kForNobody}) {
        EXPECT_FALSE(authorization->allows(*method, operator_of_the_system, "")) << method->name;
    }
    use_policies({}, {.all_without_token = true});
    EXPECT_TRUE(authorization->allows(kForNobody, operator_of_the_system, ""));
    EXPECT_EQ(reached(token_with({"operator"}), "CALLER_NOT_ALLOWED"), user_and("Operator"));
}

TEST_F(AuthorizationTest, the_principal_of_a_connection_is_no_user) {
    // Only Principal::Kind::user is an owner.
    const Principal machine{
        .kind = Principal::Kind::service, .proof = Principal::Proof::certificate, .id = "x", .roles = {"support"}};
    for (const auto* method : kShopMethods) {
        EXPECT_EQ(authorization->allows(*method, machine, "x"), method == &kForAnyone) << method->name;
    }
}

TEST_F(AuthorizationTest, grpcs_own_methods_are_closed_unless_they_are_opened) {
    constexpr auto kCheck = rpc::standard_method<Text, Text>("/grpc.health.v1.Health/Check", "grpc.health.v1.Health", "Check",
                                                             rpc::Shape::unary, std::chrono::seconds{1});
    const Principal user{.kind = Principal::Kind::user, .id = "u", .roles = {"operator"}};
    EXPECT_FALSE(authorization->allows(kCheck, user, ""));
    auto chosen = options_with_service();
    chosen.standard_methods = {rpc::Caller::service, rpc::Caller::operator_};
    use_policies({}, chosen);
    EXPECT_TRUE(authorization->allows(kCheck, user, ""));
    EXPECT_TRUE(authorization->allows(kCheck, {}, "spiffe://shop/order"));
    EXPECT_FALSE(authorization->allows(kCheck, {}, ""));
    chosen.standard_methods = {rpc::Caller::anyone};
    use_policies({}, chosen);
    EXPECT_TRUE(authorization->allows(kCheck, {}, ""));
}

TEST_F(AuthorizationTest, a_hidden_field_is_seen_by_its_owner_and_by_the_staff_that_the_contract_lists) {
    EXPECT_EQ(seen_of(kHidden, token_with({})), "user-1");
    EXPECT_EQ(seen_of(kHidden, token_with({"support"})), "user-1");
    EXPECT_EQ(seen_of(kHidden, token_with({"merchant"})), "");
    EXPECT_EQ(seen_of(kHidden, token_with({"merchant", "support"})), "user-1");
    EXPECT_EQ(seen_of(kHidden, "", "spiffe://shop/order"), "");
    EXPECT_EQ(seen_of(kHidden, token_with({}), "spiffe://shop/order"), "") << "the service finds the objects of all users";
}

TEST_F(AuthorizationTest, nobody_is_the_owner_of_the_answer_of_a_public_method) {
    EXPECT_EQ(seen_of(kPublicHidden, token_with({})), "");
    EXPECT_EQ(seen_of(kPublicHidden, token_with({"support"})), "user-1");
    EXPECT_EQ(reason_of(kPublicHidden, ""), "");
}

TEST_F(AuthorizationTest, development_without_an_issuer_sees_every_field) {
    auto development = options_with_service();
    development.all_without_token = true;
    AuthenticationOptions as_operator;
    as_operator.without_token = Principal{.kind = Principal::Kind::operator_, .id = "dev"};
    use_policies(std::move(as_operator), std::move(development));
    EXPECT_EQ(seen_of(kHidden, ""), "dev");
    EXPECT_EQ(seen_of(kHidden, token_with({"merchant"})), "");
}

}  // namespace
}  // namespace tw::auth::test
