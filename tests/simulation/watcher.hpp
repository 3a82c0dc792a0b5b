#pragma once

#include "tests/simulation/customer.hpp"
#include "tests/simulation/order_calls.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace tw::shop {

/// A client that watches orders at the order service, one after the other, until the street closes.
/// After a stream has broken, it goes on after the last version that it has seen.
class Watcher {
 public:
    Watcher(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street},
          channel_{std::move(channel)},
          services_{*channel_},
          caller_{street, std::move(name)},
          calls_{street, caller_, services_.orders} {}

    Task<void> live();
    bool done() const { return done_; }
    /// Watches each order that it has watched before once more, when nothing changes any more.
    Task<void> look_back();

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
