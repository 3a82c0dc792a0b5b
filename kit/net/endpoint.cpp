#include "kit/net/endpoint.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <netdb.h>

namespace tw::net {

std::optional<Endpoint> Endpoint::from_literal(const Address& address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    // With AI_NUMERICHOST this never asks the network.
    if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return std::nullopt;
    Endpoint endpoint;
    std::memcpy(&endpoint.storage, found->ai_addr, found->ai_addrlen);
    endpoint.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return endpoint;
}

Address Endpoint::address() const {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    Address address;
    if (::getnameinfo(data(), size, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return address;
    }
    address.host = host.data();
    std::from_chars(port.data(), port.data() + std::strlen(port.data()), address.port);
    return address;
}

}  // namespace tw::net
