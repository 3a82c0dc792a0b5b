#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace tw::net {

struct ConnectionLimits {
    std::size_t connections_max;
    /// 0: as many as there are.
    std::size_t connections_per_address_max;
};

/// The open connections of one port, whatever loop serves them: all of them, and those of each client. A client is an IPv4
/// address (written in IPv6's way or not), or the /64 of an IPv6 one, within which whoever has any address has them all. Clients
/// without an IP address, as those of a Unix domain socket, count among all only. Copies are the same count. Thread-safe, by a
/// lock that is taken when a connection comes and when it goes.
class ConnectionCount {
 public:
    /// What a connection holds while it is open.
    class Place;

    ConnectionCount();

    /// UNAVAILABLE, reason TOO_MANY_CONNECTIONS, where the port or this client has as many as it may.
    Result<Place> admit(const Address& peer, const ConnectionLimits& limits);
    std::size_t open() const;

 private:
    /// An IPv6 address whose second half is 0, or an IPv4-mapped one.
    using Client = std::array<std::uint8_t, 16>;
    struct State;
    static std::optional<Client> client_at(const Address& peer);

    std::shared_ptr<State> state_;
};

class ConnectionCount::Place {
 public:
    Place(Place&&) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place();

 private:
    friend ConnectionCount;
    Place(std::shared_ptr<State> state, std::optional<Client> client);

    /// Null where the place has been moved from.
    std::shared_ptr<State> state_;
    std::optional<Client> client_;
};

}  // namespace tw::net
