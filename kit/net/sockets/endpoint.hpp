#pragma once

#include "kit/net/address.hpp"

#include <expected>
#include <optional>
#include <sys/socket.h>

namespace tw::net {

/// A socket address in the form of the system calls. Internal to kit/net.
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }

    /// Returns the first address that the system has for host and port, with getaddrinfo's flags
    /// (AI_PASSIVE and others). Returns getaddrinfo's error (EAI_NONAME and others) if there is
    /// none. It blocks while a name is looked up.
    static std::expected<Endpoint, int> look_up(const Address& address, int flags);
    /// Converts an IP literal or a path. Returns nothing if the host is a name that has to be
    /// looked up.
    static std::optional<Endpoint> from_literal(const Address& address);
    /// Returns the IP literal and port, or the path. The result is empty for a Unix domain socket
    /// without a name, as clients have.
    Address address() const;
};

}  // namespace tw::net
