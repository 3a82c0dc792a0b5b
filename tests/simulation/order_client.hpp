#pragma once

#include "tests/simulation/customer.hpp"
#include "tests/simulation/order_calls.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tw::shop {

/// Somebody who does something with orders of others, one after the other, until the street closes. It knows of orders what
/// customers were told.
class OrderClient {
 public:
    virtual ~OrderClient() = default;
    OrderClient(const OrderClient&) = delete;
    OrderClient& operator=(const OrderClient&) = delete;

    Task<void> live();
    bool done() const { return done_; }

 protected:
    OrderClient(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street},
          channel_{std::move(channel)},
          services_{*channel_},
          caller_{street, std::move(name)},
          calls_{street, caller_, services_.orders} {}

    /// Whether it would rather do something with this order than with another.
    virtual bool prefers(const Journal::Order& order) const = 0;
    /// Does something with the order at this place in the journal.
    virtual Task<bool> act(std::size_t at) = 0;

    Street& street() const { return street_; }
    const Journal::Order& order(std::size_t at) const { return street_.journal.orders[at]; }
    OrderCalls& calls() { return calls_; }

 private:
    std::optional<std::size_t> pick_order() const;

    Street& street_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    OrderCalls calls_;
    bool done_ = false;
};

}  // namespace tw::shop
