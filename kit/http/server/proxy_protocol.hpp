#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tw::http {

/// The fixed part of a header of the PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt
/// §2.2). A proxy sends the header before the first byte of its client.
inline constexpr std::size_t kProxyHeadBytes = 16;

struct ProxyHead {
    /// Whether the proxy has opened the connection for itself, such as for a health check.
    bool local = false;
    /// The family of addresses and the transport, as the protocol codes them.
    std::uint8_t family = 0;
    /// How many bytes follow.
    std::size_t rest_bytes = 0;
};

/// Reads the fixed part, which has kProxyHeadBytes. Fails with INVALID_ARGUMENT, reason
/// PROXY_PROTOCOL.
Result<ProxyHead> read_proxy_head(std::string_view bytes);
/// Returns the client's address, given the bytes that follow the fixed part. Returns nothing if the
/// connection is the proxy's own, or if its client has no IP address. Fails with INVALID_ARGUMENT,
/// reason PROXY_PROTOCOL, if the addresses are cut off.
Result<std::optional<net::Address>> read_proxied_address(const ProxyHead& head, std::string_view rest);

}  // namespace tw::http
