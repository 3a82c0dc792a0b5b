#include "kit/auth/verifier_fixture.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

// Access tokens in the forms that widely used identity providers document, with the rules that
// accept them. Names and ids are made up.
namespace tw::auth::test {
namespace {

using ::testing::ElementsAre;

class KnownIssuersTest : public VerifierTest {
 public:
    /// The fault of a token with these claims and with `iat` and `exp`.
    std::string fault_of_claims(std::string_view header, std::string_view claims) {
        auto object = boost::json::parse({claims.data(), claims.size()}).as_object();
        object["iat"] = kNow;
        object["exp"] = kNow + 300;
        return fault_of(key.token_of(header, boost::json::serialize(object)));
    }
};

constexpr std::string_view kJwtHeader = R"({"alg":"ES256","kid":"key-1","typ":"JWT"})";

TEST_F(KnownIssuersTest, keycloak) {
    use({.issuer = "https://id.example/realms/shop",
         .audiences = {"shop"},
         .type = TokenType::any_jwt,
         .claims = {.roles = "realm_access.roles", .client_id = "azp"},
         .required = {{"typ", "Bearer"}}});
    constexpr std::string_view kAccess =
        R"({"jti":"onrtac:1","iss":"https://id.example/realms/shop","aud":["shop","account"],"sub":"0b6c","typ":"Bearer",
            "azp":"web","sid":"s","acr":"1","realm_access":{"roles":["offline_access","support"]},
            "resource_access":{"account":{"roles":["manage-account"]}},"scope":"openid profile email"})";
    ASSERT_EQ(fault_of_claims(kJwtHeader, kAccess), "");
    EXPECT_EQ(last->principal.client_id, "web");
    EXPECT_THAT(last->principal.roles, ElementsAre("offline_access", "support"));
    EXPECT_THAT(last->principal.scopes, ElementsAre("openid", "profile", "email"));
    // An ID token of the same realm differs in the claim typ.
    auto id_token = std::string{kAccess};
    id_token.replace(id_token.find("Bearer"), 6, "ID");
    EXPECT_EQ(fault_of_claims(kJwtHeader, id_token), "wrong_claim");
}

TEST_F(KnownIssuersTest, auth0) {
    use({.issuer = "https://shop.eu.auth0.com/",
         .audiences = {"https://shop.example/api"},
         .claims = {.roles = "https://shop.example/roles"}});
    constexpr std::string_view kAccess =
        R"({"iss":"https://shop.eu.auth0.com/","sub":"auth0|65a","aud":["https://shop.example/api","https://shop.eu.auth0.com/userinfo"],
            "scope":"openid orders:read","client_id":"m2PX","jti":"j","https://shop.example/roles":["merchant"]})";
    ASSERT_EQ(fault_of_claims(R"({"alg":"ES256","typ":"at+jwt","kid":"key-1"})", kAccess), "");
    EXPECT_EQ(last->principal.id, "auth0|65a");
    EXPECT_THAT(last->principal.roles, ElementsAre("merchant"));
    EXPECT_EQ(fault_of_claims(kJwtHeader, kAccess), "wrong_type");
}

TEST_F(KnownIssuersTest, entra) {
    use({.issuer = "https://login.microsoftonline.com/72f9/v2.0",
         .audiences = {"6e74"},
         .type = TokenType::any_jwt,
         .claims = {.subject = "oid", .scopes = "scp", .client_id = "azp"},
         .required = {{"ver", "2.0"}}});
    constexpr std::string_view kAccess =
        R"({"aud":"6e74","iss":"https://login.microsoftonline.com/72f9/v2.0","aio":"A","azp":"0a1b","azpacr":"1","name":"A",
            "oid":"690222be","rh":"r","roles":["support"],"scp":"access_as_user","sub":"HKZpfa","tid":"72f9","uti":"u","ver":"2.0"})";
    ASSERT_EQ(fault_of_claims(kJwtHeader, kAccess), "");
    EXPECT_EQ(last->principal.id, "690222be");
    EXPECT_EQ(last->principal.client_id, "0a1b");
    EXPECT_THAT(last->principal.scopes, ElementsAre("access_as_user"));
    EXPECT_THAT(last->principal.roles, ElementsAre("support"));
}

TEST_F(KnownIssuersTest, cognito) {
    use({.issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_shop",
         .audiences = {"57cb"},
         .type = TokenType::any_jwt,
         .claims = {.audience = "client_id", .roles = "cognito:groups"},
         .required = {{"token_use", "access"}}});
    constexpr std::string_view kAccess =
        R"({"sub":"aaaa","cognito:groups":["support"],"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_shop",
            "client_id":"57cb","origin_jti":"o","event_id":"e","token_use":"access","scope":"aws.cognito.signin.user.admin",
            "auth_time":1,"jti":"j","username":"ann"})";
    constexpr std::string_view kHeader = R"({"kid":"key-1","alg":"ES256"})";
    ASSERT_EQ(fault_of_claims(kHeader, kAccess), "");
    EXPECT_EQ(last->principal.client_id, "57cb");
    EXPECT_THAT(last->principal.roles, ElementsAre("support"));
    auto id_token = std::string{kAccess};
    id_token.replace(id_token.find("\"access\""), 8, "\"id\"");
    EXPECT_EQ(fault_of_claims(kHeader, id_token), "wrong_claim");
}

}  // namespace
}  // namespace tw::auth::test
