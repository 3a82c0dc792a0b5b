#pragma once

#include "tests/simulation/order_client.hpp"

namespace tw::shop {

/// Who fulfils, completes and sometimes cancels orders. Now and then it asks for what an order does not allow.
class Merchant final : public OrderClient {
 public:
    Merchant(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : OrderClient{street, std::move(name), std::move(channel)} {}

 private:
    /// There is something to do with such an order.
    bool prefers(const Journal::Order& order) const override {
        return order.status == "confirmed" || order.status == "fulfilled";
    }
    Task<bool> act(std::size_t at) override;
};

}  // namespace tw::shop
