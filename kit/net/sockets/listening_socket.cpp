#include "kit/net/sockets/listening_socket.hpp"

#include "kit/net/reasons.hpp"
#include "kit/net/sockets/endpoint.hpp"
#include "kit/net/sockets/listen_error.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <expected>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace tw::net {
namespace {

/// How much of a connection's output the system buffers before the peer has read it. The system's
/// default is megabytes. With some thousand clients that do not read, that exceeds its limit for
/// all connections together, and then every connection stalls.
constexpr int kUnsentBytesMax = 64 * 1024;
/// How often another free port is tried if the first family's port is taken in the second family.
constexpr int kAttemptsMax = 16;

/// Finds the address to bind. It blocks while a name is looked up; listeners are bound before
/// anything runs.
Result<Endpoint> endpoint_to_bind(const Address& address) {
    const auto endpoint = Endpoint::look_up(address, AI_PASSIVE);
    if (endpoint) return *endpoint;
    return Error{Code::invalid_argument, reason::kInvalidAddress,
                 "cannot listen on " + address.to_string() + ": the host name cannot be resolved"}
        .with_cause(::gai_strerror(endpoint.error()));
}

struct Bound {
    Descriptor descriptor;
    Address local;
};

/// Binds one socket. Returns the errno of the call that failed.
std::expected<Bound, int> bind_one(const Endpoint& endpoint, const OpenSocket& open) {
    Descriptor listening{open(endpoint.family())};
    if (!listening) return std::unexpected{errno};
    const int fd = listening.number();
    const int on = 1;
    const int off = 0;
    // A restarted process must not wait for the connections of the process before it to time out.
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted connections inherit this option.
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytesMax, sizeof kUnsentBytesMax);
    if (endpoint.family() == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(fd, endpoint.data(), endpoint.size) != 0 || ::listen(fd, kBacklog) != 0) return std::unexpected{errno};
    Endpoint chosen;
    if (::getsockname(fd, chosen.data(), &chosen.size) != 0) return std::unexpected{errno};
    return Bound{std::move(listening), chosen.address()};
}

std::expected<Bound, int> bind_literal(const Address& address, const OpenSocket& open) {
    return bind_one(*Endpoint::from_literal(address), open);
}

bool is_missing_family(int error_number) { return error_number == EAFNOSUPPORT || error_number == EADDRNOTAVAIL; }

ListeningSockets sockets_of(Bound bound) {
    ListeningSockets sockets{.local = std::move(bound.local)};
    sockets.descriptors.push_back(std::move(bound.descriptor));
    return sockets;
}

Result<ListeningSockets> listen_on_all(const Address& address, const OpenSocket& open) {
    auto bound = bind_literal(address, open);
    if (!bound && is_missing_family(bound.error())) bound = bind_literal({"0.0.0.0", address.port}, open);
    if (!bound) return cannot_listen(address, bound.error());
    return sockets_of(std::move(*bound));
}

/// Binds both loopback addresses. Returns nothing if the port is free for the first family only and
/// another port may be used.
std::optional<Result<ListeningSockets>> try_both_loopbacks(const Address& address, const OpenSocket& open) {
    auto first = bind_literal({"127.0.0.1", address.port}, open);
    if (!first && !is_missing_family(first.error())) return cannot_listen({"127.0.0.1", address.port}, first.error());
    const Address second_address{"::1", first ? first->local.port : address.port};
    auto second = bind_literal(second_address, open);
    if (!second && !is_missing_family(second.error())) {
        if (address.port == 0 && second.error() == EADDRINUSE) return std::nullopt;
        return cannot_listen(second_address, second.error());
    }
    if (!first && !second) return cannot_listen(address, second.error());
    auto sockets = sockets_of(first ? std::move(*first) : std::move(*second));
    if (first && second) sockets.descriptors.push_back(std::move(second->descriptor));
    sockets.local.host = address.host;
    return sockets;
}

Result<ListeningSockets> listen_on_both_loopbacks(const Address& address, const OpenSocket& open) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        if (auto tried = try_both_loopbacks(address, open)) return std::move(*tried);
    }
    return cannot_listen(address, EADDRINUSE);
}

bool is_unspecified_ipv6(const Address& address) {
    in6_addr parsed{};
    return ::inet_pton(AF_INET6, address.host.c_str(), &parsed) == 1 && IN6_IS_ADDR_UNSPECIFIED(&parsed);
}

}  // namespace

int open_system_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

Result<ListeningSockets> listen_on_port(const Address& address, const OpenSocket& open) {
    if (address.host == "localhost") return listen_on_both_loopbacks(address, open);
    if (is_unspecified_ipv6(address)) return listen_on_all(address, open);
    const auto endpoint = endpoint_to_bind(address);
    if (!endpoint) return endpoint.error();
    auto bound = bind_one(*endpoint, open);
    if (!bound) return cannot_listen(address, bound.error());
    return sockets_of(std::move(*bound));
}

}  // namespace tw::net
