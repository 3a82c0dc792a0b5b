#include "kit/auth/token_verifier.hpp"

#include "kit/auth/verifier_fixture.hpp"

#include <stdexcept>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace tw::auth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using TokenVerifierTest = VerifierTest;

boost::json::value repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return boost::json::value(all);
}

boost::json::array list_of(std::string_view text, int size) {
    boost::json::array list;
    for (int i = 0; i < size; ++i) list.emplace_back(boost::json::string_view{text.data(), text.size()});
    return list;
}

boost::json::value json(std::string_view text) { return boost::json::parse({text.data(), text.size()}); }

TEST_F(TokenVerifierTest, a_valid_token_says_who_calls) {
    auto claims = valid_claims();
    claims["scope"] = "orders:read  orders:write";
    claims["roles"] = {"support", "merchant"};
    ASSERT_EQ(fault_with(claims), "");
    EXPECT_EQ(last->principal.kind, Principal::Kind::user);
    EXPECT_EQ(last->principal.proof, Principal::Proof::token);
    EXPECT_EQ(last->principal.id, "user-1");
    EXPECT_EQ(last->principal.issuer, kIssuer);
    EXPECT_EQ(last->principal.client_id, "web");
    EXPECT_THAT(last->principal.scopes, ElementsAre("orders:read", "orders:write"));
    EXPECT_THAT(last->principal.roles, ElementsAre("support", "merchant"));
    EXPECT_EQ(last->expires_at.unix_micros(), (kNow + 600) * 1'000'000);
}

TEST_F(TokenVerifierTest, tokens_of_each_algorithm_are_verified) {
    for (const auto make : {+[] { return SigningKey::rsa("k"); }, +[] { return SigningKey::p256("k"); },
                            +[] { return SigningKey::ed25519("k"); }}) {
        key = make();
        use(rules());
        EXPECT_EQ(fault_with(valid_claims()), "") << algorithm_name(key.algorithm());
    }
}

TEST_F(TokenVerifierTest, claims_that_every_token_needs_are_missed) {
    for (const auto* claim : {"sub", "aud", "exp", "iat"}) EXPECT_EQ(fault_without(claim), "missing_claim") << claim;
    EXPECT_EQ(fault_without("iss"), "unknown_issuer");
    EXPECT_EQ(fault_without("jti"), "");
    EXPECT_EQ(fault_without("client_id"), "");
}

TEST_F(TokenVerifierTest, the_issuer_must_be_the_same_byte_by_byte) {
    for (const auto* issuer : {"https://id.example/", "https://ID.example", "https://id.exampl", "", "http://id.example"}) {
        EXPECT_EQ(fault_with("iss", issuer), "unknown_issuer") << issuer;
    }
    EXPECT_EQ(fault_with("iss", json(R"(["https://id.example"])")), "unknown_issuer");
    EXPECT_EQ(fault_with("iss", nullptr), "unknown_issuer");
}

TEST_F(TokenVerifierTest, one_of_the_audiences_must_be_ours) {
    EXPECT_EQ(fault_with("aud", json(R"(["https://other.example","https://shop.example"])")), "");
    EXPECT_EQ(fault_with("aud", "https://other.example"), "wrong_audience");
    EXPECT_EQ(fault_with("aud", "https://shop.example https://other.example"), "wrong_audience");
    EXPECT_EQ(fault_with("aud", json("[]")), "wrong_audience");
    EXPECT_EQ(fault_with("aud", json(R"([["https://shop.example"]])")), "malformed_claims");
    EXPECT_EQ(fault_with("aud", json(R"(["https://shop.example",1])")), "malformed_claims");
    EXPECT_EQ(fault_with("aud", json(R"({"https://shop.example":true})")), "malformed_claims");
}

TEST_F(TokenVerifierTest, a_token_ends_at_exp_and_the_skew) {
    const auto token = key.token(valid_claims());
    clock.advance(600s + 29s);
    EXPECT_EQ(fault_of(token), "");
    clock.advance(1s);
    EXPECT_EQ(fault_of(token), "expired");
}

TEST_F(TokenVerifierTest, a_token_begins_at_nbf_and_iat_less_the_skew) {
    EXPECT_EQ(fault_with("nbf", kNow + 30), "");
    EXPECT_EQ(fault_with("nbf", kNow + 31), "not_yet_valid");
    EXPECT_EQ(fault_with("iat", kNow + 30), "");
    EXPECT_EQ(fault_with("iat", kNow + 31), "not_yet_valid");
}

TEST_F(TokenVerifierTest, a_token_of_too_great_an_age_is_refused_whatever_its_exp) {
    auto own = rules();
    own.age_max = 300s;
    use(own);
    const auto token = key.token(valid_claims());
    clock.advance(329s);
    EXPECT_EQ(fault_of(token), "");
    clock.advance(1s);
    EXPECT_EQ(fault_of(token), "too_old");
}

TEST_F(TokenVerifierTest, times_are_numbers_that_a_clock_can_show) {
    for (const auto* claim : {"exp", "iat", "nbf"}) {
        for (const auto* value : {R"("1767226200")", "-1", "1e300", "-1e300", "18446744073709551615", "253402300800", "null",
                                  "true", "[1767226200]", R"({"t":1767226200})"}) {
            EXPECT_EQ(fault_with(claim, json(value)), "malformed_claims") << claim << " " << value;
        }
    }
    EXPECT_EQ(fault_with("exp", static_cast<double>(kNow) + 0.5), "");
    EXPECT_EQ(fault_with("exp", 253'402'300'799), "");
}

TEST_F(TokenVerifierTest, a_subject_is_a_bounded_text_without_control_characters) {
    EXPECT_EQ(fault_with("sub", repeated("x", 255)), "");
    EXPECT_EQ(fault_with("sub", "größe"), "");
    for (const auto& subject :
         {std::string{}, std::string(256, 'x'), std::string{"a\nb"}, std::string{"a\0b", 3}, std::string{"\x7f"}}) {
        EXPECT_EQ(fault_with("sub", boost::json::value(subject)), "malformed_claims") << subject;
    }
    EXPECT_EQ(fault_with("sub", 7), "malformed_claims");
    EXPECT_EQ(fault_with("client_id", ""), "malformed_claims");
    EXPECT_EQ(fault_with("roles", json(R"(["a",["b"]])")), "malformed_claims");
    EXPECT_EQ(fault_with("scope", json("{}")), "malformed_claims");
    EXPECT_EQ(fault_with("roles", list_of("r", 257)), "malformed_claims");
    EXPECT_EQ(fault_with("roles", list_of("r", 256)), "");
}

TEST_F(TokenVerifierTest, claims_have_the_names_that_the_issuer_gives_them) {
    auto own = rules();
    own.claims = {.subject = "uid", .audience = "client_id", .scopes = "scp", .roles = "realm_access.roles", .client_id = "azp"};
    own.audiences = {"web"};
    use(own);
    auto claims = valid_claims();
    claims["uid"] = "user-2";
    claims["azp"] = "app";
    claims["scp"] = {"a", "b"};
    claims["realm_access"] = {{"roles", {"support"}}};
    ASSERT_EQ(fault_with(claims), "");
    EXPECT_EQ(last->principal.id, "user-2");
    EXPECT_EQ(last->principal.client_id, "app");
    EXPECT_THAT(last->principal.scopes, ElementsAre("a", "b"));
    EXPECT_THAT(last->principal.roles, ElementsAre("support"));
    claims["realm_access"] = "roles";
    ASSERT_EQ(fault_with(claims), "");
    EXPECT_THAT(last->principal.roles, IsEmpty());
}

TEST_F(TokenVerifierTest, a_name_like_a_url_is_no_path) {
    auto own = rules();
    own.claims.roles = "https://shop.example/roles";
    use(own);
    auto claims = valid_claims();
    claims["https://shop"] = {{"example/roles", {"operator"}}};
    ASSERT_EQ(fault_with(claims), "");
    EXPECT_THAT(last->principal.roles, IsEmpty());
    claims["https://shop.example/roles"] = "support";
    ASSERT_EQ(fault_with(claims), "");
    EXPECT_THAT(last->principal.roles, ElementsAre("support"));
}

TEST_F(TokenVerifierTest, required_claims_tell_access_tokens_from_others) {
    auto own = rules();
    own.type = TokenType::any_jwt;
    own.required = {{"token_use", "access"}};
    use(own);
    EXPECT_EQ(fault_with(valid_claims()), "missing_claim");
    EXPECT_EQ(fault_with("token_use", "id"), "wrong_claim");
    EXPECT_EQ(fault_with("token_use", json(R"(["access"])")), "wrong_claim");
    EXPECT_EQ(fault_with("token_use", "access"), "");
}

TEST_F(TokenVerifierTest, an_issuer_accepts_only_what_its_own_keys_have_signed) {
    const auto other = SigningKey::p256("key-1");
    auto theirs = rules();
    theirs.issuer = "https://other.example";
    std::vector<Issuer> issuers{{rules(), std::make_shared<FixedKeys>(key_set(key.jwks()))},
                                {theirs, std::make_shared<FixedKeys>(key_set(other.jwks()))}};
    verifier = std::make_unique<TokenVerifier>(clock, std::move(issuers));
    auto claims = valid_claims();
    EXPECT_EQ(fault_of(key.token(claims)), "");
    EXPECT_EQ(fault_of(other.token(claims)), "wrong_signature");
    claims["iss"] = "https://other.example";
    EXPECT_EQ(fault_of(key.token(claims)), "wrong_signature");
    EXPECT_EQ(fault_of(other.token(claims)), "");
    EXPECT_EQ(last->principal.issuer, "https://other.example");
}

TEST_F(TokenVerifierTest, rules_are_checked_when_a_verifier_is_made) {
    const auto refused = [&](const std::function<void(IssuerRules&)>& change) {
        auto changed = rules();
        change(changed);
        EXPECT_FALSE(changed.validate());
        EXPECT_THROW(use(changed), std::logic_error);
    };
    refused([](auto& changed) { changed.issuer.clear(); });
    refused([](auto& changed) { changed.audiences.clear(); });
    refused([](auto& changed) { changed.audiences = {""}; });
    refused([](auto& changed) { changed.skew = 61s; });
    refused([](auto& changed) { changed.skew = -1s; });
    refused([](auto& changed) { changed.age_max = 0s; });
    refused([](auto& changed) { changed.claims.roles.clear(); });
    refused([](auto& changed) { changed.required = {{"", "x"}}; });
    const auto keys = std::make_shared<FixedKeys>(key_set(key.jwks()));
    EXPECT_THROW(TokenVerifier(clock, {{rules(), keys}, {rules(), keys}}), std::logic_error);
    EXPECT_THROW(TokenVerifier(clock, {{rules(), nullptr}}), std::logic_error);
}

/// Keys that a test replaces, as an issuer does.
class ReplacedKeys final : public KeySource {
 public:
    const KeySet* current() override { return keys ? &*keys : nullptr; }
    Task<Result<void>> refresh(const CallContext&) override {
        ++refreshes;
        co_return Result<void>{};
    }

    std::optional<KeySet> keys;
    int refreshes = 0;
};

TEST_F(TokenVerifierTest, a_token_is_remembered_until_it_expires) {
    const auto token = key.token(valid_claims());
    EXPECT_EQ(fault_of(token), "");
    const auto first = last;
    EXPECT_EQ(fault_of(token), "");
    EXPECT_EQ(last, first);
    EXPECT_EQ(verifier->usage().tokens, 1U);
    clock.advance(600s);
    EXPECT_EQ(fault_of(token), "");
    EXPECT_NE(last, first);
}

TEST_F(TokenVerifierTest, refused_tokens_are_not_remembered) {
    for (int i = 0; i < 50; ++i) EXPECT_NE(fault_with("exp", kNow - 1'000 - i), "");
    EXPECT_EQ(verifier->usage().tokens, 0U);
    EXPECT_EQ(verifier->usage().bytes, 0U);
}

TEST_F(TokenVerifierTest, a_token_is_verified_again_when_the_keys_have_changed) {
    const auto keys = std::make_shared<ReplacedKeys>();
    keys->keys = key_set(key.jwks());
    use(rules(), keys);
    const auto token = key.token(valid_claims());
    EXPECT_EQ(fault_of(token), "");
    keys->keys = key_set(SigningKey::p256("key-1").jwks());
    EXPECT_EQ(fault_of(token), "wrong_signature");
    EXPECT_EQ(verifier->usage().tokens, 0U);
    keys->keys = key_set(SigningKey::p256("key-2").jwks());
    EXPECT_EQ(fault_of(token), "unknown_key");
    EXPECT_EQ(keys->refreshes, 2);
}

TEST_F(TokenVerifierTest, no_token_passes_without_keys_not_even_a_remembered_one) {
    const auto keys = std::make_shared<ReplacedKeys>();
    keys->keys = key_set(key.jwks());
    use(rules(), keys);
    const auto token = key.token(valid_claims());
    EXPECT_EQ(fault_of(token), "");
    keys->keys.reset();
    const auto refused = verify(token);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().reason(), "KEYS_UNAVAILABLE");
    EXPECT_FALSE(refused.error().outcome_open());
}

TEST_F(TokenVerifierTest, memory_is_bounded_by_tokens_and_by_bytes) {
    key = SigningKey::ed25519("k");
    options.remembered_max = 100;
    use(rules());
    auto claims = valid_claims();
    const auto first = key.token(claims);
    EXPECT_EQ(fault_of(first), "");
    for (int i = 0; i < 1'000; ++i) {
        claims["jti"] = i;
        EXPECT_EQ(fault_with(claims), "");
        EXPECT_LE(verifier->usage().tokens, 100U);
    }
    options.remembered_bytes_max = 8'000;
    use(rules());
    claims["roles"] = list_of(repeated("r", 100).as_string().c_str(), 20);
    for (int i = 0; i < 10; ++i) {
        claims["jti"] = i;
        EXPECT_EQ(fault_with(claims), "");
        EXPECT_LE(verifier->usage().bytes, 8'000U);
    }
    EXPECT_EQ(verifier->usage().tokens, 1U);
    options.remembered_max = 0;
    use(rules());
    EXPECT_EQ(fault_with(claims), "");
    EXPECT_EQ(verifier->usage().tokens, 0U);
}

}  // namespace
}  // namespace tw::auth::test
