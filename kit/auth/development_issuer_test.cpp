#include "kit/auth/development_issuer.hpp"

#include "kit/auth/verifier_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::auth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class DevelopmentIssuerTest : public VerifierTest {
 public:
    DevelopmentIssuerTest() { use(issuer.rules(), std::make_shared<FixedKeys>(issuer.keys())); }

    DevelopmentIssuer issuer{clock, "https://development.invalid", "shop"};
};

TEST_F(DevelopmentIssuerTest, its_tokens_are_accepted) {
    const auto token = issuer.sign({.subject = "user-7", .roles = {"support", "merchant"}, .scopes = {"a", "b"}});
    ASSERT_EQ(fault_of(token), "");
    EXPECT_EQ(last->principal.id, "user-7");
    EXPECT_EQ(last->principal.issuer, "https://development.invalid");
    EXPECT_EQ(last->principal.client_id, "development");
    EXPECT_THAT(last->principal.roles, ElementsAre("support", "merchant"));
    EXPECT_THAT(last->principal.scopes, ElementsAre("a", "b"));
    EXPECT_EQ(fault_of(issuer.sign({.subject = "user-7"})), "");
    EXPECT_THAT(last->principal.roles, ElementsAre());
}

TEST_F(DevelopmentIssuerTest, its_tokens_end) {
    const auto token = issuer.sign({.subject = "user-7", .lifetime = 60s});
    clock.advance(89s);
    EXPECT_EQ(fault_of(token), "");
    clock.advance(1s);
    EXPECT_EQ(fault_of(token), "expired");
}

TEST_F(DevelopmentIssuerTest, each_issuer_has_a_key_of_its_own) {
    const DevelopmentIssuer other{clock, "https://development.invalid", "shop"};
    EXPECT_EQ(fault_of(other.sign({.subject = "user-7"})), "unknown_key");
    EXPECT_NE(other.jwks(), issuer.jwks());
    EXPECT_NE(issuer.sign({.subject = "user-7"}), issuer.sign({.subject = "user-7"}));
}

TEST_F(DevelopmentIssuerTest, what_it_publishes_has_no_private_part) {
    EXPECT_TRUE(KeySet::parse(issuer.jwks()));
    EXPECT_THAT(issuer.jwks(), Not(HasSubstr("\"d\"")));
}

}  // namespace
}  // namespace tw::auth::test
