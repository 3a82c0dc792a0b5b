#include "kit/auth/verifier_fixture.hpp"

#include <openssl/hmac.h>

// Tokens that an attacker would send. RFC 8725 §3 is the list behind most of them.
namespace tw::auth::test {
namespace {

using HostileTokenTest = VerifierTest;

std::string unsigned_token(std::string_view header) {
    return base64url_encode(header) + '.' + base64url_encode(boost::json::serialize(valid_claims())) + '.';
}

/// A token whose signature is an HMAC with `secret`.
std::string hmac_token(std::string_view header, std::string_view secret) {
    const auto text = base64url_encode(header) + '.' + base64url_encode(boost::json::serialize(valid_claims()));
    std::array<unsigned char, 32> mac{};
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), mac.data(), nullptr);
    return text + '.' + base64url_encode({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

TEST_F(HostileTokenTest, tokens_without_a_signature_are_refused) {
    for (const auto* algorithm : {"none", "None", "NONE", "nOnE", ""}) {
        const auto header = R"({"alg":")" + std::string{algorithm} + R"(","typ":"at+jwt","kid":"key-1"})";
        EXPECT_EQ(fault_of(unsigned_token(header)), "wrong_algorithm") << algorithm;
        EXPECT_EQ(fault_with_header(header), "wrong_algorithm") << algorithm;
    }
    EXPECT_EQ(fault_of(unsigned_token(R"({"alg":"ES256","typ":"at+jwt","kid":"key-1"})")), "wrong_signature");
    EXPECT_EQ(fault_of(unsigned_token(R"({"typ":"at+jwt","kid":"key-1"})")), "malformed_header");
}

TEST_F(HostileTokenTest, an_hmac_with_the_public_key_is_refused) {
    key = SigningKey::rsa("key-1");
    use(rules());
    const auto jwk = boost::json::serialize(key.jwk());
    for (const auto& secret : {key.jwks(), jwk, std::string{key.jwk().at("n").as_string()}}) {
        EXPECT_EQ(fault_of(hmac_token(R"({"alg":"HS256","typ":"at+jwt","kid":"key-1"})", secret)), "wrong_algorithm");
        EXPECT_EQ(fault_of(hmac_token(R"({"alg":"RS256","typ":"at+jwt","kid":"key-1"})", secret)), "wrong_signature");
    }
}

TEST_F(HostileTokenTest, the_algorithm_is_the_keys_and_not_the_tokens) {
    for (const auto* algorithm : {"RS256", "EdDSA", "ES384", "ES512", "PS256", "RS512", "HS512", "es256", "ES256 ", "RSA-OAEP"}) {
        const auto header = R"({"alg":")" + std::string{algorithm} + R"(","typ":"at+jwt","kid":"key-1"})";
        EXPECT_EQ(fault_with_header(header), "wrong_algorithm") << algorithm;
    }
    EXPECT_EQ(fault_with_header(R"({"alg":["ES256"],"typ":"at+jwt","kid":"key-1"})"), "malformed_header");
    EXPECT_EQ(fault_with_header(R"({"alg":null,"typ":"at+jwt","kid":"key-1"})"), "malformed_header");
}

TEST_F(HostileTokenTest, a_name_of_a_key_is_compared_and_nothing_else) {
    for (const auto* kid : {"../../../../etc/passwd", "/dev/null", "key-1' OR '1'='1", "key-1; DROP TABLE keys",
                            "https://evil.example/k", "key-1\\u0000", "KEY-1", "key-1 ", "", "%00", "$(id)", "key-2"}) {
        const auto header = R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::string{kid} + R"("})";
        EXPECT_EQ(fault_with_header(header), "unknown_key") << kid;
    }
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::string(129, 'k') + R"("})"),
              "malformed_header");
    for (const auto* kid : {"1", "null", R"(["key-1"])", R"({"kid":"key-1"})"}) {
        EXPECT_EQ(fault_with_header(R"({"alg":"ES256","typ":"at+jwt","kid":)" + std::string{kid} + "}"), "malformed_header")
            << kid;
    }
}

TEST_F(HostileTokenTest, keys_and_places_of_keys_in_a_token_are_not_looked_at) {
    const auto attacker = SigningKey::p256("key-1");
    auto header = attacker.header();
    header["jwk"] = attacker.jwk();
    header["jku"] = "https://evil.example/jwks.json";
    header["x5u"] = "https://evil.example/x5u";
    header["x5c"] = {"AAAA"};
    const auto claims = boost::json::serialize(valid_claims());
    EXPECT_EQ(fault_of(attacker.token_of(boost::json::serialize(header), claims)), "wrong_signature");
    // The issuer's own tokens may have them.
    EXPECT_EQ(fault_of(key.token_of(boost::json::serialize(header), claims)), "");
    header["kid"] = "evil";
    EXPECT_EQ(fault_of(attacker.token_of(boost::json::serialize(header), claims)), "unknown_key");
}

TEST_F(HostileTokenTest, extensions_that_must_be_understood_are_refused) {
    for (const auto* crit : {R"(["exp"])", "[]", R"(["b64"],"b64":false)", "null", R"("")"}) {
        const auto header = R"({"alg":"ES256","typ":"at+jwt","kid":"key-1","crit":)" + std::string{crit} + "}";
        EXPECT_EQ(fault_with_header(header), "critical_header") << crit;
    }
}

TEST_F(HostileTokenTest, other_types_of_token_are_refused) {
    for (const auto* type : {"JWT", "jwt", "id_token", "logout+jwt", "dpop+jwt", "at+jwt2", "x/at+jwt", "application/jwt", ""}) {
        const auto header = R"({"alg":"ES256","kid":"key-1","typ":")" + std::string{type} + R"("})";
        EXPECT_EQ(fault_with_header(header), "wrong_type") << type;
    }
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1"})"), "wrong_type");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1","typ":1})"), "malformed_header");
    for (const auto* type : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"}) {
        const auto header = R"({"alg":"ES256","kid":"key-1","typ":")" + std::string{type} + R"("})";
        EXPECT_EQ(fault_with_header(header), "") << type;
    }
}

TEST_F(HostileTokenTest, an_issuer_of_plain_jwts_accepts_them_and_still_no_other_type) {
    auto own = rules();
    own.type = TokenType::any_jwt;
    use(own);
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1","typ":"JWT"})"), "");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1"})"), "");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1","typ":"at+jwt"})"), "");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","kid":"key-1","typ":"logout+jwt"})"), "wrong_type");
}

TEST_F(HostileTokenTest, members_that_come_twice_are_refused) {
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","alg":"none","typ":"at+jwt","kid":"key-1"})"), "malformed_header");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","typ":"at+jwt","kid":"key-1","kid":"key-1"})"), "malformed_header");
    auto claims = boost::json::serialize(valid_claims());
    claims.insert(1, R"("sub":"user-2",)");
    EXPECT_EQ(fault_of(key.token_of(boost::json::serialize(key.header()), claims)), "malformed_claims");
}

TEST_F(HostileTokenTest, a_changed_token_is_refused) {
    const auto token = key.token(valid_claims());
    const auto second = token.find('.', token.find('.') + 1);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(fault_of(changed), "") << i;
        if (i > second) continue;
        changed = token;
        changed.erase(i, 1);
        EXPECT_NE(fault_of(changed), "") << i;
    }
}

TEST_F(HostileTokenTest, other_forms_than_the_compact_one_are_refused) {
    const auto token = key.token(valid_claims());
    for (const auto& form : {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, std::string{"a.b.c.d.e"},
                             token.substr(0, token.rfind('.')), token + ".", token + ".AA", token + "=", token + "\n",
                             " " + token, token + " ", "." + token, token + "," + token, std::string{R"({"payload":"e30"})"},
                             token.substr(0, 10) + "=" + token.substr(10), token + std::string(1, '\0')}) {
        EXPECT_NE(fault_of(form), "") << form;
    }
    EXPECT_EQ(fault_of(token), "");
}

TEST_F(HostileTokenTest, base64url_that_is_not_canonical_is_refused) {
    const auto token = key.token(valid_claims());
    // The last character of 64 bytes has four bits that belong to no byte.
    const auto alphabet = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
    const auto digit = alphabet.find(token.back());
    ASSERT_EQ(digit % 16, 0U);
    for (std::size_t bits = 1; bits < 16; ++bits) {
        auto changed = token;
        changed.back() = alphabet[digit + bits];
        EXPECT_EQ(fault_of(changed), "malformed") << bits;
    }
}

TEST_F(HostileTokenTest, the_size_of_a_token_is_bounded) {
    auto claims = valid_claims();
    const auto with_bytes = [&](std::size_t bytes) {
        claims["filler"] = "";
        const auto small = key.token(claims).size();
        claims["filler"] = std::string((bytes - small) * 3 / 4, 'x');
        auto token = key.token(claims);
        while (token.size() > bytes) {
            claims["filler"] = std::string(claims["filler"].as_string().size() - 1, 'x');
            token = key.token(claims);
        }
        return token;
    };
    const auto largest = with_bytes(8'192);
    EXPECT_GT(largest.size(), 8'180U);
    EXPECT_EQ(fault_of(largest), "");
    EXPECT_EQ(fault_of(with_bytes(8'200)), "too_large");
    EXPECT_EQ(fault_of(std::string(10'000'000, 'a')), "too_large");
    EXPECT_EQ(fault_with_header(R"({"alg":"ES256","typ":"at+jwt","kid":"key-1","x":")" + std::string(2'000, 'x') + R"("})"),
              "malformed_header");
}

TEST_F(HostileTokenTest, deep_and_wide_json_is_refused) {
    auto claims = boost::json::serialize(valid_claims());
    const auto with = [&](const std::string& member) {
        auto text = claims;
        text.insert(1, member + ",");
        return fault_of(key.token_of(boost::json::serialize(key.header()), text));
    };
    EXPECT_EQ(with(R"("x":)" + std::string(2'000, '[') + std::string(2'000, ']')), "malformed_claims");
    std::string wide = R"("x":[)";
    for (int i = 0; i < 1'500; ++i) wide += i == 0 ? "1" : ",1";
    EXPECT_EQ(with(wide + "]"), "malformed_claims");
    EXPECT_EQ(with(R"("x":1e400)"), "");
    EXPECT_EQ(with(R"("exp2":99999999999999999999999999999999999999)"), "");
}

}  // namespace
}  // namespace tw::auth::test
