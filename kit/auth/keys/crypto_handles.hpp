#pragma once

#include <memory>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/// OpenSSL's objects with their owners. Internal to kit/auth.
namespace tw::auth {

template <auto Free>
struct CryptoFree {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using BignumHandle = std::unique_ptr<BIGNUM, CryptoFree<BN_free>>;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, CryptoFree<EVP_MD_CTX_free>>;
using ParamBuilderHandle = std::unique_ptr<OSSL_PARAM_BLD, CryptoFree<OSSL_PARAM_BLD_free>>;
using ParamsHandle = std::unique_ptr<OSSL_PARAM, CryptoFree<OSSL_PARAM_free>>;
using PkeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, CryptoFree<EVP_PKEY_CTX_free>>;
using PkeyHandle = std::unique_ptr<EVP_PKEY, CryptoFree<EVP_PKEY_free>>;
using EcdsaSignatureHandle = std::unique_ptr<ECDSA_SIG, CryptoFree<ECDSA_SIG_free>>;

}  // namespace tw::auth
