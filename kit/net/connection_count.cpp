#include "kit/net/connection_count.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tw::net {
namespace {

Error too_many(const char* detail) { return {Code::unavailable, "TOO_MANY_CONNECTIONS", detail}; }

}  // namespace

struct ConnectionCount::State {
    std::mutex mutex;
    std::size_t open = 0;
    /// The clients with at least one counted connection, so there are never more of them than
    /// connections. The map is ordered, since clients could choose addresses whose hashes collide.
    std::map<Client, std::size_t> by_client;
};

ConnectionCount::ConnectionCount() : state_{std::make_shared<State>()} {}

std::optional<ConnectionCount::Client> ConnectionCount::client_at(const Address& peer) {
    constexpr std::size_t kPrefix = 8;
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    Client client{};
    if (::inet_pton(AF_INET, peer.host.c_str(), client.data() + kMapped.size()) == 1) {
        std::ranges::copy(kMapped, client.begin());
        return client;
    }
    // The zone of a link-local address only names the link, so it is cut off.
    const auto literal = peer.host.substr(0, peer.host.find('%'));
    if (::inet_pton(AF_INET6, literal.c_str(), client.data()) != 1) return std::nullopt;
    if (!std::equal(kMapped.begin(), kMapped.end(), client.begin())) std::fill(client.begin() + kPrefix, client.end(), 0);
    return client;
}

Result<ConnectionCount::Place> ConnectionCount::admit(const Address& peer, const ConnectionLimits& limits) {
    const bool by_client = limits.connections_per_address_max != 0;
    auto client = by_client ? client_at(peer) : std::nullopt;
    const std::lock_guard lock{state_->mutex};
    if (state_->open >= limits.connections_max) return too_many("this server has as many connections as it may have");
    if (client) {
        auto& count = state_->by_client[*client];
        if (count >= limits.connections_per_address_max) return too_many("this address has as many connections as it may have");
        ++count;
    }
    ++state_->open;
    return Place{state_, client};
}

std::size_t ConnectionCount::open() const {
    const std::lock_guard lock{state_->mutex};
    return state_->open;
}

ConnectionCount::Place::Place(std::shared_ptr<State> state, std::optional<Client> client)
    : state_{std::move(state)}, client_{client} {}

ConnectionCount::Place::~Place() {
    if (!state_) return;
    const std::lock_guard lock{state_->mutex};
    --state_->open;
    if (!client_) return;
    const auto found = state_->by_client.find(*client_);
    if (--found->second == 0) state_->by_client.erase(found);
}

}  // namespace tw::net
