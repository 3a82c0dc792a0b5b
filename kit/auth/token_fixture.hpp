#pragma once

#include "kit/auth/issuer_rules.hpp"
#include "kit/auth/key_set.hpp"
#include "kit/auth/keys/crypto_handles.hpp"
#include "kit/auth/token/base64url.hpp"

#include <array>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

// Keys that sign, and tokens, for tests.
namespace tw::auth::test {

/// A private key with its name. It signs what it is given, right or wrong.
class SigningKey {
 public:
    static SigningKey rsa(std::string kid, unsigned bits = 2048) {
        return {std::move(kid), Algorithm::rs256, PkeyHandle{EVP_RSA_gen(bits)}};
    }
    static SigningKey p256(std::string kid) { return {std::move(kid), Algorithm::es256, PkeyHandle{EVP_EC_gen("P-256")}}; }
    static SigningKey ed25519(std::string kid) {
        return {std::move(kid), Algorithm::eddsa, PkeyHandle{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}};
    }

    const std::string& kid() const { return kid_; }
    Algorithm algorithm() const { return algorithm_; }

    /// The public key as a JWK.
    boost::json::object jwk() const {
        boost::json::object jwk{{"kid", kid_}, {"alg", std::string{algorithm_name(algorithm_)}}, {"use", "sig"}};
        if (algorithm_ == Algorithm::rs256) {
            jwk["kty"] = "RSA";
            jwk["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
            jwk["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
        } else if (algorithm_ == Algorithm::es256) {
            jwk["kty"] = "EC";
            jwk["crv"] = "P-256";
            jwk["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
            jwk["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        } else {
            std::array<unsigned char, 32> bytes{};
            auto size = bytes.size();
            EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size);
            jwk["kty"] = "OKP";
            jwk["crv"] = "Ed25519";
            jwk["x"] = base64url_encode({reinterpret_cast<const char*>(bytes.data()), size});
        }
        return jwk;
    }
    /// A JWK set with this key alone.
    std::string jwks() const { return R"({"keys":[)" + boost::json::serialize(jwk()) + "]}"; }

    /// The signature in the form of JWS.
    std::string signature(std::string_view text) const {
        const DigestHandle context{EVP_MD_CTX_new()};
        const char* digest = algorithm_ == Algorithm::eddsa ? nullptr : "SHA256";
        EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key_.get(), nullptr);
        const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
        std::size_t size = 0;
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
        std::string made(size, '\0');
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, bytes, text.size());
        made.resize(size);
        return algorithm_ == Algorithm::es256 ? numbers_of(made) : made;
    }
    /// A token of these two texts, signed by this key.
    std::string token_of(std::string_view header, std::string_view claims) const {
        const auto text = base64url_encode(header) + '.' + base64url_encode(claims);
        return text + '.' + base64url_encode(signature(text));
    }
    boost::json::object header() const {
        return {{"alg", std::string{algorithm_name(algorithm_)}}, {"kid", kid_}, {"typ", "at+jwt"}};
    }
    std::string token(const boost::json::object& claims) const {
        return token_of(boost::json::serialize(header()), boost::json::serialize(claims));
    }

 private:
    SigningKey(std::string kid, Algorithm algorithm, PkeyHandle key)
        : kid_{std::move(kid)}, algorithm_{algorithm}, key_{std::move(key)} {}

    std::string number(const char* name, int length) const {
        BIGNUM* raw = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &raw);
        const BignumHandle number{raw};
        std::string bytes(static_cast<std::size_t>(length == 0 ? BN_num_bytes(raw) : length), '\0');
        BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
        return base64url_encode(bytes);
    }
    /// r and s of a signature in DER.
    static std::string numbers_of(const std::string& der) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
        const EcdsaSignatureHandle signature{d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()))};
        std::string numbers(64, '\0');
        auto* const out = reinterpret_cast<unsigned char*>(numbers.data());
        BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + 32, 32);
        return numbers;
    }

    std::string kid_;
    Algorithm algorithm_;
    PkeyHandle key_;
};

inline constexpr std::string_view kIssuer = "https://id.example";
inline constexpr std::string_view kAudience = "https://shop.example";
/// The time of test::FakeClock, in seconds.
inline constexpr std::int64_t kNow = 1'767'225'600;

inline IssuerRules rules() { return {.issuer = std::string{kIssuer}, .audiences = {std::string{kAudience}}}; }

/// The claims of a token that is valid for ten minutes from kNow on.
inline boost::json::object valid_claims() {
    return {{"iss", kIssuer.data()}, {"aud", kAudience.data()}, {"sub", "user-1"},        {"client_id", "web"},
            {"iat", kNow},           {"exp", kNow + 600},       {"jti", "token-number-1"}};
}

/// The keys of a JWK set that is valid.
inline KeySet key_set(std::string_view jwks) {
    auto keys = KeySet::parse(jwks);
    if (!keys) throw std::logic_error{keys.error().detail()};
    return std::move(*keys);
}

}  // namespace tw::auth::test
