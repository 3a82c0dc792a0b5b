#pragma once

#include "kit/net/address.hpp"

namespace tw::app {

/// Where a server that listens at `address` is reached on the same machine.
inline net::Address reachable(net::Address address) {
    // "::" takes IPv4 clients, too, and is "0.0.0.0" where the machine has no IPv6.
    if (address.host == "0.0.0.0" || address.host == "::") address.host = "127.0.0.1";
    return address;
}

}  // namespace tw::app
