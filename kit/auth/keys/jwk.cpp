#include "kit/auth/keys/jwk.hpp"

#include "kit/auth/keys/public_key.hpp"
#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/strict_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace tw::auth {
namespace {

using boost::json::object;

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
/// The private parts of RSA, EC and OKP keys (RFC 7518 §6, RFC 8037 §2), and a symmetric key.
constexpr std::array<std::string_view, 8> kSecretParts{"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

JwkOutcome left_out() { return {}; }
JwkOutcome faulty(std::string fault) { return {.key = std::nullopt, .fault = std::move(fault)}; }

/// Whether the members `use` and `key_ops` permit verifying, or are absent (RFC 7517 §4.2, §4.3).
bool may_verify(const object& jwk) {
    if (jwk.contains("use") && string_member(jwk, "use") != "sig") return false;
    const auto* const operations = jwk.if_contains("key_ops");
    if (operations == nullptr) return true;
    return operations->is_array() && std::ranges::any_of(operations->get_array(), [](const boost::json::value& operation) {
               return operation.is_string() && operation.get_string() == "verify";
           });
}

std::optional<std::string> bytes_member(const object& jwk, std::string_view name) {
    const auto text = string_member(jwk, name);
    return text ? base64url_decode(*text) : std::nullopt;
}

/// Whether the key may be used by `algorithm`: its member `alg` says so, or is not there.
bool is_for(const object& jwk, Algorithm algorithm) {
    return !jwk.contains("alg") || string_member(jwk, "alg") == algorithm_name(algorithm);
}

JwkOutcome usable(std::string kid, Algorithm algorithm, PkeyHandle key) {
    return {.key = VerificationKey{std::move(kid), algorithm, std::shared_ptr<EVP_PKEY>{std::move(key)}}, .fault = {}};
}

JwkOutcome read_rsa(const object& jwk, std::string kid) {
    if (!is_for(jwk, Algorithm::rs256)) return left_out();
    const auto modulus = bytes_member(jwk, "n");
    const auto exponent = bytes_member(jwk, "e");
    if (!modulus || !exponent || modulus->size() > kRsaBitsMax / 8) return faulty("an RSA key is malformed");
    auto key = rsa_key(*modulus, *exponent);
    if (!key) return faulty("an RSA key is malformed");
    const auto bits = EVP_PKEY_get_bits(key.get());
    if (bits < kRsaBitsMin) return faulty("an RSA key has " + std::to_string(bits) + " bits; at least 2048 are needed");
    return usable(std::move(kid), Algorithm::rs256, std::move(key));
}

JwkOutcome read_ec(const object& jwk, std::string kid) {
    if (string_member(jwk, "crv") != "P-256" || !is_for(jwk, Algorithm::es256)) return left_out();
    const auto x = bytes_member(jwk, "x");
    const auto y = bytes_member(jwk, "y");
    if (!x || !y) return faulty("a P-256 key is malformed");
    auto key = p256_key(*x, *y);
    if (!key) return faulty("a P-256 key is not a point of the curve");
    return usable(std::move(kid), Algorithm::es256, std::move(key));
}

JwkOutcome read_okp(const object& jwk, std::string kid) {
    // RFC 9864 names the algorithm by its curve.
    const bool by_curve = string_member(jwk, "alg") == "Ed25519";
    if (string_member(jwk, "crv") != "Ed25519" || !(by_curve || is_for(jwk, Algorithm::eddsa))) return left_out();
    const auto x = bytes_member(jwk, "x");
    auto key = x ? ed25519_key(*x) : nullptr;
    if (!key) return faulty("an Ed25519 key is malformed");
    return usable(std::move(kid), Algorithm::eddsa, std::move(key));
}

}  // namespace

JwkOutcome read_jwk(const object& jwk) {
    const auto type = string_member(jwk, "kty");
    if (!type) return faulty("a key has no type (kty)");
    if (*type == "oct") return faulty("the set has a symmetric key");
    const bool secret = std::ranges::any_of(kSecretParts, [&](auto part) { return jwk.contains({part.data(), part.size()}); });
    const bool known = *type == "RSA" || *type == "EC" || *type == "OKP";
    if (known && secret) return faulty("the set has the private part of a key");
    if (!known || !may_verify(jwk)) return left_out();
    std::string kid;
    if (jwk.contains("kid")) {
        const auto name = string_member(jwk, "kid");
        if (!name || name->empty() || name->size() > KeySet::kKidBytesMax) return faulty("the name (kid) of a key is malformed");
        kid = *name;
    }
    if (*type == "RSA") return read_rsa(jwk, std::move(kid));
    return *type == "EC" ? read_ec(jwk, std::move(kid)) : read_okp(jwk, std::move(kid));
}

}  // namespace tw::auth
