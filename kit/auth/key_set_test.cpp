#include "kit/auth/key_set.hpp"

#include "kit/auth/token_fixture.hpp"

#include <openssl/err.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::auth::test {
namespace {

using ::testing::HasSubstr;

/// The key of RFC 7515 appendix A.3.1.
constexpr std::string_view kRfcEcKey =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

std::string set_of(std::string_view keys) { return R"({"keys":[)" + std::string{keys} + "]}"; }
std::string set_of(const boost::json::object& key) { return set_of(boost::json::serialize(key)); }

std::string fault_of(std::string_view jwks) {
    const auto keys = KeySet::parse(jwks);
    if (keys) return "";
    EXPECT_EQ(keys.error().code(), Code::invalid_argument);
    EXPECT_EQ(keys.error().reason(), "INVALID_KEY_SET");
    return keys.error().detail();
}

TEST(KeySet, keys_are_found_by_their_names) {
    const auto rsa = SigningKey::rsa("r");
    const auto ec = SigningKey::p256("e");
    const auto okp = SigningKey::ed25519("o");
    std::string all;
    for (const auto* key : {&rsa, &ec, &okp}) all += (all.empty() ? "" : ",") + boost::json::serialize(key->jwk());
    const auto keys = key_set(set_of(all));
    EXPECT_EQ(keys.size(), 3U);
    for (const auto* key : {&rsa, &ec, &okp}) {
        const auto* const found = keys.find(key->kid());
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->algorithm(), key->algorithm());
        EXPECT_TRUE(found->verifies("text", key->signature("text")));
        EXPECT_FALSE(found->verifies("texT", key->signature("text")));
        EXPECT_FALSE(found->verifies("text", ""));
    }
    EXPECT_EQ(keys.find("../../etc/passwd"), nullptr);
    EXPECT_EQ(keys.find(""), nullptr);
    EXPECT_EQ(keys.find(std::nullopt), nullptr);
    EXPECT_EQ(keys.kids(), "r, e, o");
}

TEST(KeySet, a_single_key_needs_no_name) {
    const auto keys = key_set(set_of(kRfcEcKey));
    EXPECT_NE(keys.find(std::nullopt), nullptr);
    EXPECT_EQ(keys.find("x"), nullptr);
    EXPECT_EQ(keys.find(""), nullptr);
}

TEST(KeySet, a_signature_of_es256_has_64_bytes_and_no_other_form) {
    const auto key = SigningKey::p256("e");
    const auto keys = key_set(key.jwks());
    const auto* const found = keys.find("e");
    const auto signature = key.signature("text");
    ASSERT_EQ(signature.size(), 64U);
    EXPECT_TRUE(found->verifies("text", signature));
    EXPECT_FALSE(found->verifies("text", signature.substr(0, 63)));
    EXPECT_FALSE(found->verifies("text", signature + '\0'));
    // CVE-2022-21449: r and s of zero.
    EXPECT_FALSE(found->verifies("text", std::string(64, '\0')));
    EXPECT_FALSE(found->verifies("text", signature.substr(0, 32) + std::string(32, '\0')));
    EXPECT_FALSE(found->verifies("text", std::string(64, '\xff')));
}

TEST(KeySet, many_signatures_of_es256_are_read) {
    // A number with a leading zero or with its first bit set has another length in DER.
    const auto key = SigningKey::p256("e");
    const auto keys = key_set(key.jwks());
    for (int i = 0; i < 600; ++i) {
        const auto text = std::to_string(i);
        ASSERT_TRUE(keys.find("e")->verifies(text, key.signature(text)));
    }
}

TEST(KeySet, keys_that_cannot_verify_tokens_are_left_out) {
    const auto good = boost::json::serialize(SigningKey::ed25519("good").jwk());
    for (const auto* other :
         {R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})", R"({"kty":"OKP","crv":"X25519","x":"AA"})",
          R"({"kty":"LMS","d":"x"})", R"({"kty":"RSA","use":"enc","n":"AA","e":"AQAB"})",
          R"({"kty":"RSA","alg":"RS512","n":"AA","e":"AQAB"})", R"({"kty":"RSA","alg":"PS256","n":"AA","e":"AQAB"})",
          R"({"kty":"RSA","key_ops":["encrypt"],"n":"AA","e":"AQAB"})", R"({"kty":"RSA","key_ops":"verify","n":"AA","e":"AQAB"})",
          R"({"kty":"RSA","use":5,"n":"AA","e":"AQAB"})"}) {
        const auto keys = KeySet::parse(set_of(std::string{other} + "," + good));
        ASSERT_TRUE(keys) << other << keys.error().detail();
        EXPECT_EQ(keys->size(), 1U) << other;
        EXPECT_THAT(fault_of(set_of(other)), HasSubstr("no key")) << other;
    }
    auto key = SigningKey::p256("e").jwk();
    key["key_ops"] = {"sign", "verify"};
    EXPECT_TRUE(KeySet::parse(set_of(key)));
    key.erase("alg");
    key.erase("use");
    EXPECT_EQ(key_set(set_of(key)).find("e")->algorithm(), Algorithm::es256);
}

TEST(KeySet, an_algorithm_that_is_not_the_keys_is_never_taken) {
    auto key = SigningKey::p256("e").jwk();
    for (const auto* algorithm : {"HS256", "none", "RS256", "EdDSA", "ES384", ""}) {
        key["alg"] = algorithm;
        EXPECT_THAT(fault_of(set_of(key)), HasSubstr("no key")) << algorithm;
    }
}

TEST(KeySet, secrets_in_a_set_are_refused) {
    EXPECT_THAT(fault_of(set_of(R"({"kty":"oct","k":"AAAA","kid":"h"})")), HasSubstr("symmetric"));
    auto key = SigningKey::p256("e").jwk();
    key["d"] = "AAAA";
    EXPECT_THAT(fault_of(set_of(key)), HasSubstr("private part"));
    auto rsa = SigningKey::rsa("r").jwk();
    rsa["p"] = "AAAA";
    EXPECT_THAT(fault_of(set_of(rsa)), HasSubstr("private part"));
}

TEST(KeySet, weak_and_malformed_keys_are_refused) {
    EXPECT_THAT(fault_of(SigningKey::rsa("r", 1024).jwks()), HasSubstr("1024 bits"));
    auto point = SigningKey::p256("e").jwk();
    point["y"] = point["x"];
    EXPECT_THAT(fault_of(set_of(point)), HasSubstr("not a point"));
    point["y"] = "AA";
    EXPECT_THAT(fault_of(set_of(point)), HasSubstr("not a point"));
    point["y"] = "A";
    EXPECT_THAT(fault_of(set_of(point)), HasSubstr("malformed"));
    auto rsa = SigningKey::rsa("r").jwk();
    for (const auto* exponent : {"", "AQ", "Ag", "AQABAQAB", "AA"}) {
        rsa["e"] = exponent;
        EXPECT_THAT(fault_of(set_of(rsa)), HasSubstr("malformed")) << exponent;
    }
    auto okp = SigningKey::ed25519("o").jwk();
    okp["x"] = "AAAA";
    EXPECT_THAT(fault_of(set_of(okp)), HasSubstr("malformed"));
}

TEST(KeySet, no_failure_is_left_in_openssls_queue) {
    // TLS on the same thread would take it for its own.
    auto point = SigningKey::p256("e").jwk();
    point["y"] = point["x"];
    ERR_clear_error();
    EXPECT_NE(fault_of(set_of(point)), "");
    EXPECT_EQ(ERR_peek_error(), 0U);
    const auto keys = key_set(set_of(kRfcEcKey));
    EXPECT_FALSE(keys.find(std::nullopt)->verifies("text", std::string(64, '\x01')));
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(KeySet, the_form_of_a_set_is_checked) {
    for (const auto* text :
         {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[],"keys":[]})", R"({"keys":[{}]})"}) {
        EXPECT_NE(fault_of(text), "") << text;
    }
    EXPECT_THAT(fault_of(R"({"keys":[]})"), HasSubstr("no key"));
    EXPECT_THAT(fault_of(std::string(KeySet::kBytesMax + 1, ' ')), HasSubstr("1 MiB"));
    auto key = SigningKey::ed25519(std::string(KeySet::kKidBytesMax, 'k')).jwk();
    EXPECT_TRUE(KeySet::parse(set_of(key)));
    key["kid"] = std::string(KeySet::kKidBytesMax + 1, 'k');
    EXPECT_THAT(fault_of(set_of(key)), HasSubstr("kid"));
    key["kid"] = 7;
    EXPECT_THAT(fault_of(set_of(key)), HasSubstr("kid"));
}

TEST(KeySet, two_keys_with_one_name_are_refused) {
    const auto first = boost::json::serialize(SigningKey::ed25519("same").jwk());
    const auto second = boost::json::serialize(SigningKey::p256("same").jwk());
    EXPECT_THAT(fault_of(set_of(first + "," + second)), HasSubstr("the same name"));
}

TEST(KeySet, the_number_of_keys_is_bounded) {
    std::string many;
    for (std::size_t i = 0; i <= KeySet::kKeysMax; ++i) {
        many += (i == 0 ? "" : ",") + boost::json::serialize(SigningKey::ed25519(std::to_string(i)).jwk());
    }
    EXPECT_THAT(fault_of(set_of(many)), HasSubstr("64 keys"));
}

TEST(KeySet, sets_of_the_same_text_have_the_same_number) {
    const auto one = SigningKey::ed25519("1").jwks();
    EXPECT_EQ(key_set(one).number(), key_set(one).number());
    EXPECT_NE(key_set(one).number(), key_set(SigningKey::ed25519("1").jwks()).number());
}

}  // namespace
}  // namespace tw::auth::test
