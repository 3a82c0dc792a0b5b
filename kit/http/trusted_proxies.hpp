#pragma once

#include "kit/base/result.hpp"
#include "kit/http/address_range.hpp"
#include "kit/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::http {

/// How a proxy says who its client is.
enum class ProxyHeader : std::uint8_t {
    x_forwarded,     ///< X-Forwarded-For and X-Forwarded-Proto
    forwarded,       ///< Forwarded (RFC 7239)
    proxy_protocol,  ///< the PROXY protocol, version 2, before the first byte of a connection
};

/// The client of a request, as far as trusted proxies have said.
struct ProxiedClient {
    /// An address without a port.
    std::string address;
    /// Whether the client uses TLS.
    bool secure = false;

    bool operator==(const ProxiedClient&) const = default;
};

/// The proxies that may say who a request's client is. Any client can send such a field, so the
/// field is read only if the connection comes from a trusted proxy. The field is a list to which
/// each proxy adds the address that it got the request from. The list is read from its end, and the
/// first address that is no trusted proxy is the client. Whatever stands before that address may
/// have been made up by the client, and is ignored. It is immutable.
class TrustedProxies {
 public:
    /// Trusts nobody.
    TrustedProxies() = default;
    /// Trusts the networks in `list`, which are separated by commas. The word "unix" stands for
    /// peers of a Unix domain socket. Fails with INVALID_ARGUMENT for any other text.
    static Result<TrustedProxies> of(std::string_view list, ProxyHeader header);

    bool any() const { return local_sockets_ || !networks_.empty(); }
    /// Whether `peer` is a trusted proxy. `peer` is the host of net::Address.
    bool trusts(std::string_view peer) const;
    ProxyHeader header() const { return header_; }

    /// Returns the client of a request that came from the trusted proxy `peer`. `secure` says
    /// whether the proxy used TLS. An address that cannot be read ends the list: the client is then
    /// the proxy that wrote it.
    ProxiedClient client_of(const Headers& headers, std::string_view peer, bool secure) const;

 private:
    ProxiedClient client_of_x_forwarded(const Headers& headers, ProxiedClient proxy) const;
    ProxiedClient client_of_forwarded(const Headers& headers, ProxiedClient proxy) const;

    std::vector<AddressRange> networks_;
    bool local_sockets_ = false;
    ProxyHeader header_ = ProxyHeader::x_forwarded;
};

/// One element of a Forwarded field (RFC 7239 §4). Parameters that are not given are empty.
struct ForwardedElement {
    std::string node;
    std::string proto;
};

/// Reads a Forwarded field. Returns nothing if it is malformed.
std::optional<std::vector<ForwardedElement>> read_forwarded(std::string_view field);

}  // namespace tw::http
