#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/compact_token.hpp"
#include "kit/auth/token_fixture.hpp"

#include <gtest/gtest.h>

// The examples of the RFCs, with their keys.
namespace tw::auth::test {
namespace {

constexpr std::string_view kRs256Key =
    R"({"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]})";
constexpr std::string_view kRs256Token =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjb"
    "KBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES"
    "c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

constexpr std::string_view kEs256Key =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
constexpr std::string_view kEs256Token =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

constexpr std::string_view kEd25519Key =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
constexpr std::string_view kEd25519Text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view kEd25519Signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

void expect_valid(std::string_view jwks, std::string_view text, std::string_view algorithm) {
    const auto keys = key_set(jwks);
    const auto token = read_token(text, 8'192);
    ASSERT_TRUE(token) << fault_name(token.error());
    EXPECT_EQ(token->algorithm, algorithm);
    EXPECT_EQ(token->claims.at("iss").as_string(), "joe");
    EXPECT_EQ(token->claims.at("exp").as_int64(), 1'300'819'380);
    const auto* const key = keys.find(std::nullopt);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(algorithm_name(key->algorithm()), algorithm);
    EXPECT_TRUE(key->verifies(token->signed_text, token->signature));
    auto changed = std::string{token->signed_text};
    changed.back() ^= 1;
    EXPECT_FALSE(key->verifies(changed, token->signature));
}

TEST(KnownAnswers, rfc_7515_a_2_is_rs256) { expect_valid(kRs256Key, kRs256Token, "RS256"); }

TEST(KnownAnswers, rfc_7515_a_3_is_es256) { expect_valid(kEs256Key, kEs256Token, "ES256"); }

TEST(KnownAnswers, rfc_8037_a_4_is_ed25519) {
    const auto keys = key_set(kEd25519Key);
    const auto signature = base64url_decode(kEd25519Signature);
    ASSERT_TRUE(signature);
    EXPECT_TRUE(keys.find(std::nullopt)->verifies(kEd25519Text, *signature));
    EXPECT_FALSE(keys.find(std::nullopt)->verifies("x", *signature));
}

}  // namespace
}  // namespace tw::auth::test
