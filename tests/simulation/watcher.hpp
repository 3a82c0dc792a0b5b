#pragma once

#include "tests/simulation/order_client.hpp"

namespace tw::shop {

/// A client that watches orders at the order service. After a stream has broken, it goes on after the last version that it has
/// seen.
class Watcher final : public OrderClient {
 public:
    Watcher(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : OrderClient{street, std::move(name), std::move(channel)} {}

    /// Watches each order that it has watched before once more, when nothing changes any more.
    Task<void> look_back();

 private:
    /// Such an order can still change.
    bool prefers(const Journal::Order& order) const override;
    Task<bool> act(std::size_t at) override;
};

}  // namespace tw::shop
