#pragma once

#include "kit/base/result.hpp"
#include "kit/net/tls_certificate.hpp"
#include "kit/net/tls_handles.hpp"
#include "kit/net/tls_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::net {

/// What one reading of the files gave, in OpenSSL's form. Immutable; connections keep the one that they began with. Internal to
/// kit/net.
class TlsMaterial {
 public:
    /// INVALID_ARGUMENT, reason TLS_FILES.
    static Result<std::shared_ptr<const TlsMaterial>> for_server(const TlsServerOptions& options);
    static Result<std::shared_ptr<const TlsMaterial>> for_client(const TlsClientOptions& options);

    /// The first identity's, or the client's.
    SSL_CTX* context() const { return contexts_.front().get(); }
    /// Each side's own, leaf by leaf.
    const std::vector<TlsCertificate>& certificates() const { return certificates_; }
    const std::string& peer_uri_prefix() const { return peer_uri_prefix_; }
    bool asks_for_certificate() const { return asks_for_certificate_; }

 private:
    TlsMaterial() = default;
    Result<SslContextHandle> make_context(bool is_server, TlsVersion least) const;
    Result<void> add_identity(SSL_CTX& context, const TlsKeyFiles& files);
    static int choose_identity(SSL* ssl, int* alert, void* self);
    static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                               unsigned in_size, void* self);

    /// One for each identity.
    std::vector<SslContextHandle> contexts_;
    std::vector<TlsCertificate> certificates_;
    /// As on the wire: each with its length before it.
    std::string alpn_;
    std::string peer_uri_prefix_;
    bool asks_for_certificate_ = false;
};

}  // namespace tw::net
