#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tw::net {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

/// A certificate with its chain, leaf first, and its private key: two PEM files, or one with both.
/// The key has no password.
struct TlsKeyFiles {
    std::string certificate;
    std::string key;
};

/// What a server presents and requires.
struct TlsServerOptions {
    /// The server's certificates, at least one. The name that the client asks for (SNI) selects
    /// one; if none fits, the first is used.
    std::vector<TlsKeyFiles> identities;
    TlsVersion least = TlsVersion::tls_1_2;
    /// The supported protocols, the most wanted first (RFC 7301). A client that offers only other
    /// protocols is refused. A client that offers none is accepted.
    std::vector<std::string> alpn;
    /// A PEM bundle of CAs. Clients must present a certificate that it verifies. If it is empty,
    /// clients are not asked for a certificate.
    std::string client_ca;
    /// The required prefix of a URI name of a client's certificate, such as "spiffe://shop/".
    /// If it is empty, no URI name is required.
    std::string client_uri_prefix;
};

/// What a client presents and requires. TlsTarget says which server is expected.
struct TlsClientOptions {
    /// A PEM bundle of the CAs for servers. If it is empty, the system's CAs are trusted.
    std::string ca;
    /// The client's certificate; empty if the client presents none.
    TlsKeyFiles identity;
    TlsVersion least = TlsVersion::tls_1_2;
    std::vector<std::string> alpn;
};

/// The expected identity of the server of a client's connection.
struct TlsTarget {
    /// A name or an IP literal. A name is sent as SNI. It must be among the certificate's
    /// alternative names unless `uri` is set.
    std::string host;
    /// The URI name that the certificate must have, such as "spiffe://shop/order".
    std::string uri;
};

}  // namespace tw::net
