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
    /// How many connections one client may have; 0 means no limit.
    std::size_t connections_per_address_max;
};

/// Counts the open connections of one port on all loops, in total and for each client. A client is
/// an IPv4 address (also in IPv6's form), or the /64 of an IPv6 address, since who has one address
/// of a /64 has them all. Clients without an IP address, as those of a Unix domain socket, only
/// count in total. Copies share one count. Thread-safe, by a lock that is taken when a connection
/// comes and when it ends.
class ConnectionCount {
 public:
    /// A connection's entry in the count. It is held while the connection is open.
    class Place;

    ConnectionCount();

    /// Counts a connection. Fails with UNAVAILABLE, reason TOO_MANY_CONNECTIONS, if the port or
    /// this client has as many as allowed.
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

    /// The shared count, or null if this object was moved from.
    std::shared_ptr<State> state_;
    std::optional<Client> client_;
};

}  // namespace tw::net
