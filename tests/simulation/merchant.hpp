#pragma once

#include "tests/simulation/customer.hpp"
#include "tests/simulation/order_calls.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace tw::shop {

/// Who fulfils, completes and sometimes cancels orders, until the street closes. It knows of orders what customers were
/// told, and now and then it asks for what an order does not allow.
class Merchant {
 public:
    Merchant(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street},
          channel_{std::move(channel)},
          services_{*channel_},
          caller_{street, std::move(name)},
          calls_{street, caller_, services_.orders} {}

    Task<void> live();
    bool done() const { return done_; }

 private:
    Task<bool> act();
    std::optional<std::size_t> pick_order() const;

    Street& street_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    OrderCalls calls_;
    bool done_ = false;
};

}  // namespace tw::shop
