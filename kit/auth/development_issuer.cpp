#include "kit/auth/development_issuer.hpp"

#include "kit/auth/keys/crypto_handles.hpp"
#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/sha256.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tw::auth {
namespace {

namespace json = boost::json;

std::string raw_public_key(EVP_PKEY* key) {
    std::array<unsigned char, 32> bytes{};
    auto size = bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) != 1) throw std::runtime_error{"OpenSSL gives no public key"};
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string signature_of(EVP_PKEY* key, std::string_view text) {
    const DigestHandle context{EVP_MD_CTX_new()};
    std::array<unsigned char, 64> signature{};
    auto size = signature.size();
    const bool done = context && EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr) == 1 &&
                      EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size()) == 1;
    if (!done) throw std::runtime_error{"OpenSSL does not sign"};
    return {reinterpret_cast<const char*>(signature.data()), size};
}

std::string joined_by_blanks(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

}  // namespace

struct DevelopmentIssuer::PrivateKey {
    PkeyHandle key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
};

DevelopmentIssuer::DevelopmentIssuer(const Clock& clock, std::string issuer, std::string audience)
    : clock_{clock}, issuer_{std::move(issuer)}, audience_{std::move(audience)}, key_{std::make_unique<PrivateKey>()} {
    if (!key_->key) throw std::runtime_error{"OpenSSL makes no Ed25519 key"};
    const auto x = base64url_encode(raw_public_key(key_->key.get()));
    // RFC 7638: the name of the key is the hash of its necessary members, in this order.
    const auto digest = Sha256{}.of(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + R"("})");
    kid_ = base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
    json::object key{{"kty", "OKP"}, {"crv", "Ed25519"}, {"alg", "EdDSA"}, {"use", "sig"}, {"kid", kid_}, {"x", x}};
    json::array keys;
    keys.push_back(std::move(key));
    json::object set;
    set["keys"] = std::move(keys);
    jwks_ = json::serialize(set);
}

DevelopmentIssuer::~DevelopmentIssuer() = default;

std::string DevelopmentIssuer::sign(const DevelopmentToken& token) const {
    constexpr std::int64_t kMicrosEach = 1'000'000;
    const auto now = clock_.now();
    const auto issued_at = now.unix_micros() / kMicrosEach;
    const json::object header{{"alg", "EdDSA"}, {"kid", kid_}, {"typ", "at+jwt"}};
    const json::object claims{{"iss", issuer_},
                              {"aud", audience_},
                              {"sub", token.subject},
                              {"client_id", "development"},
                              {"iat", issued_at},
                              {"exp", issued_at + token.lifetime.count()},
                              {"jti", Random{}.uuid_v7(now).to_string()},
                              {"scope", joined_by_blanks(token.scopes)},
                              {"roles", json::array(token.roles.begin(), token.roles.end())}};
    auto text = base64url_encode(json::serialize(header)) + '.' + base64url_encode(json::serialize(claims));
    const auto signature = signature_of(key_->key.get(), text);
    return text + '.' + base64url_encode(signature);
}

KeySet DevelopmentIssuer::keys() const {
    auto keys = KeySet::parse(jwks_);
    if (!keys) throw std::logic_error{keys.error().detail()};
    return std::move(*keys);
}

IssuerRules DevelopmentIssuer::rules() const { return {.issuer = issuer_, .audiences = {audience_}}; }

}  // namespace tw::auth
