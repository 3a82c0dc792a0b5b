#pragma once

#include "kit/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::net {

/// A host (name or IP literal) and a TCP port, or a Unix domain socket, as people write them:
/// "127.0.0.1:8080", "[::1]:50051", "user:50051", "unix:/run/user.sock".
struct Address {
    /// The host, or the absolute path of a Unix domain socket. OpenTelemetry's server.address has
    /// the same.
    std::string host;
    /// The port. When listening, 0 asks the system for a free port. A Unix domain socket has no
    /// port.
    std::uint16_t port = 0;

    bool is_local_socket() const { return host.starts_with('/'); }
    /// Whether the address stays on this machine: an IPv4 literal of 127.0.0.0/8, "::1", the IPv6
    /// form of such an IPv4 literal, "localhost" or a name below it (RFC 6761 §6.3), or a Unix
    /// domain socket.
    bool is_loopback() const;
    /// Returns the IPv4 address of an IPv4-mapped one ("::ffff:192.0.2.7"), which is how an IPv6
    /// socket reports IPv4 peers. Any other address is returned unchanged.
    Address unmapped() const;

    /// Parses an address. Fails with INVALID_ARGUMENT for any other text. A port is required, and
    /// the path of a Unix domain socket begins with a slash.
    static Result<Address> parse(std::string_view text);
    /// Parses a URL "http://host:port". Fails with INVALID_ARGUMENT for any other text, and for a
    /// URL with a path.
    static Result<Address> parse_url(std::string_view url);
    std::string to_string() const;
    bool operator==(const Address&) const = default;
};

}  // namespace tw::net
