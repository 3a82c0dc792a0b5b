#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// The target of a channel, in the forms of gRPC (grpc/doc/naming.md):
///
///     user:50051  http://user:50051  dns:///user:50051  a host with all its current addresses
///     ipv4:10.0.0.1:50051,10.0.0.2:50051                these addresses (ipv6: in brackets)
///     unix:/run/user.sock  unix:///run/user.sock        a Unix domain socket
struct Target {
    /// The text as it was written.
    std::string text;
    /// The addresses, at least one. They are one host, which may be a name, or addresses that need
    /// no lookup.
    std::vector<net::Address> addresses;

    /// Parses `text`. Fails with INVALID_ARGUMENT and the reason INVALID_TARGET if it has none of
    /// these forms.
    static Result<Target> parse(std::string_view text);
    static Target of(net::Address address);

    /// Whether the addresses must be looked up.
    bool looked_up() const;
    /// The name for people and for telemetry: "user:50051", "unix:/run/user.sock", or the
    /// addresses.
    std::string name() const;
    /// The ":authority" of calls: the name of the callee, however it is reached.
    std::string authority() const;
    /// The name that a certificate must have if no other one is expected. Empty if it differs from
    /// address to address.
    std::string host() const;
};

}  // namespace tw::rpc
