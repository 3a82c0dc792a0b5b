#include "kit/auth/keys/public_key.hpp"

#include <cstdint>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string>

namespace tw::auth {
namespace {

constexpr std::size_t kP256Bytes = 32;
/// The RFC does not bound the exponent. One of four bytes keeps verification cheap.
constexpr std::size_t kExponentBytesMax = 4;

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

BignumHandle number(std::string_view bytes) {
    return BignumHandle{BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr)};
}

/// Returns the key. Without one, what OpenSSL has noted about the failure is dropped, since TLS on
/// the same thread would take it for its own.
PkeyHandle without_failures(PkeyHandle key) {
    if (!key) ERR_clear_error();
    return key;
}

PkeyHandle from_params(const char* type, OSSL_PARAM_BLD& builder) {
    const ParamsHandle params{OSSL_PARAM_BLD_to_param(&builder)};
    const PkeyContextHandle context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return without_failures(nullptr);
    static_cast<void>(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()));
    return without_failures(PkeyHandle{key});
}

}  // namespace

PkeyHandle rsa_key(std::string_view modulus, std::string_view exponent) {
    if (exponent.empty() || exponent.size() > kExponentBytesMax) return nullptr;
    const auto n = number(modulus);
    const auto e = number(exponent);
    if (!n || !e || !BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) return nullptr;
    const ParamBuilderHandle builder{OSSL_PARAM_BLD_new()};
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return from_params("RSA", *builder);
}

PkeyHandle p256_key(std::string_view x, std::string_view y) {
    // RFC 7518 §6.2.1.2: a coordinate has the full length, with leading zeros.
    if (x.size() != kP256Bytes || y.size() != kP256Bytes) return nullptr;
    std::string point{'\x04'};
    point.append(x).append(y);
    const ParamBuilderHandle builder{OSSL_PARAM_BLD_new()};
    if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return nullptr;
    }
    return from_params("EC", *builder);
}

PkeyHandle ed25519_key(std::string_view x) {
    constexpr std::size_t kEd25519Bytes = 32;
    if (x.size() != kEd25519Bytes) return nullptr;
    return without_failures(PkeyHandle{EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, octets(x), x.size())});
}

}  // namespace tw::auth
