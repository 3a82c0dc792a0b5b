#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tw::net {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

/// A certificate with its chain, leaf first, and its private key: two PEM files, or the same one. The key has no password.
struct TlsKeyFiles {
    std::string certificate;
    std::string key;
};

/// What a server shows and asks for.
struct TlsServerOptions {
    /// At least one. Which is shown follows the name that the client asks for (SNI); the first where none fits.
    std::vector<TlsKeyFiles> identities;
    TlsVersion least = TlsVersion::tls_1_2;
    /// The protocols spoken, most wanted first (RFC 7301). A client that offers others only is refused; one that offers none is
    /// not.
    std::vector<std::string> alpn;
    /// A PEM bundle. Clients must show a certificate that it vouches for; empty: clients are not asked for one.
    std::string client_ca;
    /// What a URI name of a client's certificate must begin with, such as "spiffe://tradewind/"; empty: it needs none.
    std::string client_uri_prefix;
};

/// What a client shows and asks for. Whom it talks to is TlsTarget's to say.
struct TlsClientOptions {
    /// A PEM bundle of those who may vouch for servers; empty: those whom the system trusts.
    std::string ca;
    /// Empty where the client shows no certificate.
    TlsKeyFiles identity;
    TlsVersion least = TlsVersion::tls_1_2;
    std::vector<std::string> alpn;
};

/// Who is expected at the other end of a client's connection.
struct TlsTarget {
    /// A name or an IP literal: goes into SNI, where it is a name, and must be among the certificate's alternative names unless
    /// `uri` is given.
    std::string host;
    /// The URI name that the certificate must have, such as "spiffe://tradewind/order".
    std::string uri;
};

}  // namespace tw::net
