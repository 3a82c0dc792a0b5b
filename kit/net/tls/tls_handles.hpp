#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>

/// OpenSSL's objects with their owners. Internal to kit/net.
namespace tw::net {

template <auto Free>
struct TlsFree {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using BioHandle = std::unique_ptr<BIO, TlsFree<BIO_free>>;
using SslHandle = std::unique_ptr<SSL, TlsFree<SSL_free>>;
using SslContextHandle = std::unique_ptr<SSL_CTX, TlsFree<SSL_CTX_free>>;
using SslSessionHandle = std::unique_ptr<SSL_SESSION, TlsFree<SSL_SESSION_free>>;
using CertificateHandle = std::unique_ptr<X509, TlsFree<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, TlsFree<EVP_PKEY_free>>;

/// Returns OpenSSL's text for the thread's last failure, such as "no shared cipher", and clears it.
inline std::string take_tls_error() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "unknown failure";
    if (ERR_SYSTEM_ERROR(code)) return "system error " + std::to_string(ERR_GET_REASON(code));
    const char* const reason = ERR_reason_error_string(code);
    return reason == nullptr ? "failure " + std::to_string(code) : reason;
}

}  // namespace tw::net
