#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/net/descriptor.hpp"

#include <functional>
#include <vector>

/// The sockets that listen on a TCP address. Internal to kit/net.
namespace tw::net {

/// Connections that may wait to be accepted.
inline constexpr int kBacklog = 4096;

/// The listening sockets of one port, and the address with the port that was chosen.
struct ListeningSockets {
    std::vector<Descriptor> descriptors;
    Address local;
};

/// Makes a stream socket of a family, as socket(2) does: it returns -1 and sets errno if the
/// machine has no such family.
using OpenSocket = std::function<int(int family)>;
int open_system_socket(int family);

/// Binds and listens. "localhost" means both of the machine's loopback addresses at one port (RFC
/// 6761 §6.3), or the one that the machine has. "::" accepts IPv4 too, whatever the system's
/// default is, and becomes "0.0.0.0" if the machine has no IPv6. The errors are those of
/// Listener::bind.
Result<ListeningSockets> listen_on_port(const Address& address, const OpenSocket& open = open_system_socket);

}  // namespace tw::net
