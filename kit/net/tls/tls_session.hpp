#pragma once

#include <string>
#include <vector>

namespace tw::net {

/// What both sides agreed on in a TLS handshake. It is immutable once the stream has been handed
/// out.
struct TlsSession {
    /// The application protocol that both sides agreed on (RFC 7301): "h2", "http/1.1". It is empty
    /// if none was asked for.
    std::string alpn;
    /// The protocol version, such as "TLSv1.3".
    std::string version;
    /// The cipher suite, such as "TLS_AES_256_GCM_SHA384".
    std::string cipher;
    /// The host that the client asked for (SNI, RFC 6066 §3). It is empty if the client named none.
    std::string server_name;
    /// Whether both sides resumed an earlier session without exchanging certificates. `peer_uris`
    /// are then those of that session.
    bool resumed = false;
    /// The URI names of the peer's verified certificate, such as "spiffe://shop/order". It is
    /// empty if the peer presented none.
    std::vector<std::string> peer_uris;

    /// The first URI name. Certificates made for services have only one. It is empty if there is
    /// none.
    std::string peer_identity() const { return peer_uris.empty() ? std::string{} : peer_uris.front(); }
};

}  // namespace tw::net
