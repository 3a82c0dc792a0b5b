#pragma once

#include "kit/net/address.hpp"

namespace tw::cli {

/// Returns the address at which clients on the same machine reach a server that listens at
/// `address`.
inline net::Address reachable(net::Address address) {
    // A server at "::" takes IPv4 clients, too. It listens at "0.0.0.0" if the machine has no IPv6.
    if (address.host == "0.0.0.0" || address.host == "::") address.host = "127.0.0.1";
    return address;
}

}  // namespace tw::cli
