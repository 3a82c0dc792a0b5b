#pragma once

#include "kit/net/address.hpp"

#include <expected>
#include <optional>
#include <sys/socket.h>

namespace tw::net {

/// A socket address as the system calls take it. Internal to kit/net.
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }

    /// The first of those that the system has for host and port, with getaddrinfo's flags (AI_PASSIVE and its like); its error
    /// (EAI_NONAME and its like) otherwise. Blocks while a name is looked up.
    static std::expected<Endpoint, int> look_up(const Address& address, int flags);
    /// Nothing where the host is a name that has to be looked up.
    static std::optional<Endpoint> from_literal(const Address& address);
    /// The IP literal and port, or the path; an empty one where a Unix domain socket has no name, as those of clients.
    Address address() const;
};

}  // namespace tw::net
