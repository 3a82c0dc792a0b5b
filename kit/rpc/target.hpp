#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// What a channel is made to, as gRPC names it (grpc/doc/naming.md):
///
///     user:50051  http://user:50051  dns:///user:50051    a host, and all of its addresses as they change
///     ipv4:10.0.0.1:50051,10.0.0.2:50051                  these addresses (ipv6: likewise, in brackets)
///     unix:/run/user.sock  unix:///run/user.sock          a Unix domain socket
struct Target {
    /// As it was written.
    std::string text;
    /// Not empty. One host that may be a name, or addresses that need no looking up.
    std::vector<net::Address> addresses;

    /// INVALID_ARGUMENT, INVALID_TARGET, where `text` is none of these.
    static Result<Target> parse(std::string_view text);
    static Target of(net::Address address);

    /// Whether the addresses are to be asked for.
    bool looked_up() const;
    /// For people and for telemetry: "user:50051", "unix:/run/user.sock", or the addresses.
    std::string name() const;
    /// What calls say in ":authority": who is addressed, however he is reached.
    std::string authority() const;
    /// Whom a certificate must name where nothing else is expected; empty where that differs from address to address.
    std::string host() const;
};

}  // namespace tw::rpc
