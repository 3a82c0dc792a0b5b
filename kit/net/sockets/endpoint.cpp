#include "kit/net/sockets/endpoint.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <netdb.h>
#include <sys/un.h>

namespace tw::net {
namespace {

Endpoint local_endpoint(const std::string& path) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    // Address::parse accepts only paths that fit.
    path.copy(local.sun_path, sizeof(local.sun_path) - 1);
    Endpoint endpoint;
    std::memcpy(&endpoint.storage, &local, sizeof local);
    endpoint.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return endpoint;
}

}  // namespace

std::expected<Endpoint, int> Endpoint::look_up(const Address& address, int flags) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICSERV | flags;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int failure = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
        failure != 0) {
        return std::unexpected{failure};
    }
    Endpoint endpoint;
    std::memcpy(&endpoint.storage, found->ai_addr, found->ai_addrlen);
    endpoint.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return endpoint;
}

std::optional<Endpoint> Endpoint::from_literal(const Address& address) {
    if (address.is_local_socket()) return local_endpoint(address.host);
    // With AI_NUMERICHOST the look-up never asks the network.
    const auto endpoint = look_up(address, AI_NUMERICHOST);
    return endpoint ? std::optional{*endpoint} : std::nullopt;
}

Address Endpoint::address() const {
    if (family() == AF_UNIX) {
        const auto* const path = reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
        return {size > offsetof(sockaddr_un, sun_path) ? std::string{path} : std::string{}};
    }
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
