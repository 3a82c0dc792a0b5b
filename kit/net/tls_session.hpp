#pragma once

#include <string>
#include <vector>

namespace tw::net {

/// What a TLS handshake settled. Immutable once the stream has been handed out.
struct TlsSession {
    /// The application protocol both sides agreed on (RFC 7301): "h2", "http/1.1"; empty where none was asked for.
    std::string alpn;
    /// "TLSv1.3".
    std::string version;
    /// "TLS_AES_256_GCM_SHA384".
    std::string cipher;
    /// The host the client asked for (SNI, RFC 6066 §3); empty where it named none.
    std::string server_name;
    /// No certificate was exchanged: both sides remembered an earlier handshake. The identity below is that one's.
    bool resumed = false;
    /// The URI names of the peer's verified certificate, such as "spiffe://tradewind/order"; empty where it showed none.
    std::vector<std::string> peer_uris;

    /// The first URI name, which is the only one in certificates made for this; empty where there is none.
    std::string peer_identity() const { return peer_uris.empty() ? std::string{} : peer_uris.front(); }
};

}  // namespace tw::net
