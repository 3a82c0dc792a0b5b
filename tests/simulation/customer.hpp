#pragma once

#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/rpc/channel.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/user.tw.hpp"
#include "tests/simulation/caller.hpp"
#include "tests/simulation/order_calls.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace tw::shop {

/// The services as a client has them, by one way or the other.
struct Services {
    explicit Services(rpc::Channel& channel) : users{channel}, catalog{channel}, orders{channel} {}
    ::user::UserServiceClient users;
    ::catalog::CatalogServiceClient catalog;
    ::order::OrderServiceClient orders;
};

/// Somebody who registers, looks around, orders, pays, looks at the orders and cancels some, until the street closes. Most calls
/// are made one after the other, so that what comes back can be held against what was told before.
class Customer {
 public:
    Customer(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street},
          name_{std::move(name)},
          channel_{std::move(channel)},
          services_{*channel_},
          caller_{street, name_},
          calls_{street, caller_, services_.orders},
          timeouts_{street.simulation.seed() ^ std::hash<std::string>{}(name_ + " timeouts")} {}

    Task<void> live();
    bool done() const { return done_; }
    /// Once more, when what was written last must be seen by everybody.
    Task<void> look_back();

 private:
    static constexpr std::chrono::seconds kFreshWithin{1};

    /// What the database said of the own record, and when.
    struct Stored {
        SteadyTime at;
        std::int64_t version = 0;
    };

    /// What was acknowledged of the own record, and when.
    struct Acknowledged {
        SteadyTime at;
        std::int64_t version = 0;
        std::string name;
    };

    Task<void> pause(std::uint64_t millis_max);
    Task<bool> register_once();
    Task<void> act();
    std::int64_t stored_version() const;
    std::int64_t note_stored_version();
    Task<void> look_at_me();
    Task<void> look_twice();
    void check_record(const ::user::User& user, bool stale) const;
    void acknowledge(const ::user::User& user);
    Task<void> rename();
    Task<std::chrono::nanoseconds> time_for_rename();
    Task<void> look_at_product();
    Task<void> order();
    Task<void> check_out();
    /// Does something with one of the own orders.
    Task<void> tend_order(std::uint64_t what);
    Task<bool> pay(std::size_t at);
    /// Makes two calls at once that exclude each other.
    Task<bool> race(std::size_t at);
    std::size_t pick_order();
    std::string pick_token(std::size_t at);
    std::uint64_t choose(std::uint64_t below) { return street_.simulation.choose(below); }

    Street& street_;
    std::string name_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    OrderCalls calls_;
    std::string id_;
    /// In their order.
    std::vector<Acknowledged> acknowledged_;
    std::vector<std::string> perhaps_called_;
    /// What was stored each time that it looked, from the last one that is kFreshWithin ago on.
    std::deque<Stored> stored_;
    int renamed_ = 0;
    /// It draws from nothing that others draw from, so that the timeouts of renames decide nothing else.
    Random timeouts_;
    int registered_ = 0;
    /// The places of the own orders in the journal.
    std::vector<std::size_t> mine_;
    bool done_ = false;
};

/// Reserves stock for orders of another shop, straight at the catalogue. It is in a hurry, so that it gives up many calls before
/// their answers have come, and then releases the stock.
class Till {
 public:
    Till(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street}, channel_{std::move(channel)}, services_{*channel_}, caller_{street, std::move(name)} {}

    Task<void> live();
    bool done() const { return done_; }

 private:
    Task<void> sell_once();
    Task<Told> release(const std::string& order_id);
    Task<Told> commit(const std::string& order_id);

    Street& street_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    Random random_;
    bool done_ = false;
};

/// Who delivers and loses stock, and changes products, until the street closes.
class Clerk {
 public:
    Clerk(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street}, channel_{std::move(channel)}, services_{*channel_}, caller_{street, std::move(name)} {}

    /// Adds a product with so much stock, before the faults begin.
    Task<bool> open_shelf(const std::string& product, std::int64_t stock);
    Task<void> live();
    bool done() const { return done_; }

 private:
    Task<void> adjust(const std::string& product, std::int64_t delta);
    Task<void> change(const std::string& product);

    Street& street_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    int changes_ = 0;
    bool done_ = false;
};

}  // namespace tw::shop
