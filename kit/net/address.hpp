#pragma once

#include "kit/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::net {

/// A host (name or IP literal) and a TCP port, or a Unix domain socket, as people write them: "127.0.0.1:8080", "[::1]:50051",
/// "user:50051", "unix:/run/user.sock".
struct Address {
    /// Of a Unix domain socket: its absolute path, which is what OpenTelemetry's server.address has there too.
    std::string host;
    /// 0 asks the system for a free one when listening; of no meaning to a Unix domain socket.
    std::uint16_t port = 0;

    bool is_local_socket() const { return host.starts_with('/'); }
    /// Whether it stays on this machine: an IPv4 literal of 127.0.0.0/8, "::1" (also IPv4's in IPv6's form), "localhost" or a
    /// name below it (RFC 6761 §6.3), a Unix domain socket.
    bool is_loopback() const;
    /// An IPv4 address where this is one in IPv6's form ("::ffff:192.0.2.7"), which is how an IPv6 socket tells of IPv4 peers;
    /// else the same.
    Address unmapped() const;

    /// INVALID_ARGUMENT where `text` is anything else; a port is required, and so is a path that begins with a slash.
    static Result<Address> parse(std::string_view text);
    /// From a URL "http://host:port" (a path after it is refused); INVALID_ARGUMENT otherwise.
    static Result<Address> parse_url(std::string_view url);
    std::string to_string() const;
    bool operator==(const Address&) const = default;
};

}  // namespace tw::net
