#pragma once

#include "kit/base/result.hpp"
#include "kit/net/tls/tls_certificate.hpp"
#include "kit/net/tls/tls_handles.hpp"
#include "kit/net/tls_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::net {

/// The content of the files from one reading, in OpenSSL's form. It is immutable; a connection
/// keeps the one that it began with. Internal to kit/net.
class TlsMaterial {
 public:
    /// Reads the files. Fails with INVALID_ARGUMENT, reason TLS_FILES.
    static Result<std::shared_ptr<const TlsMaterial>> for_server(const TlsServerOptions& options);
    static Result<std::shared_ptr<const TlsMaterial>> for_client(const TlsClientOptions& options);

    /// The context of the first identity, or of the client.
    SSL_CTX* context() const { return contexts_.front().get(); }
    /// The certificates of this side, one for each identity.
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

    /// The contexts, one for each identity.
    std::vector<SslContextHandle> contexts_;
    std::vector<TlsCertificate> certificates_;
    /// The protocols in the form in which they are sent: each with its length before it.
    std::string alpn_;
    std::string peer_uri_prefix_;
    bool asks_for_certificate_ = false;
};

}  // namespace tw::net
