#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/simulation/simulation.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/user.tw.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"

#include <functional>
#include <memory>
#include <optional>
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

template <class Response>
Told told_of(const Result<Response>& answer) {
    if (answer) return Told::done;
    return answer.error().outcome_open() ? Told::open : Told::refused;
}

/// What clients share: the loop, the journal and what there is to buy.
struct Street {
    simulation::Simulation& simulation;
    EventLoop& loop;
    Journal& journal;
    const Books& books;
    std::vector<std::string> products;
    /// Whether Redis, or the way to it, has failed, so that rows it kept may be shown for a while after they have changed.
    std::function<bool()> cache_has_failed;
    /// How long at most, by the promises of kit/cache/redis_cache.hpp.
    static constexpr std::chrono::seconds kStaleFor{70};
    /// Whether processes share what they keep of rows in Redis.
    bool shares_cache = false;
    /// How long customers think at most.
    std::uint64_t pause_millis_max = 300;
    /// Clients stop when it says so.
    bool closing = false;
};

/// Makes one call as clients do: with a timeout of its own, and hanging up now and then. Checks that it ends in time.
class Caller {
 public:
    Caller(Street& street, std::string name) : street_{street}, name_{std::move(name)} {}

    template <class Response>
    Task<Result<Response>> call(std::string_view what, std::function<Task<Result<Response>>(const CallContext&)> make,
                                std::chrono::nanoseconds timeout = kTimeout) {
        auto& loop = street_.loop;
        ++street_.journal.requests;
        const auto begun = loop.now();
        RootCall root{loop, Deadline::after(begun, timeout)};
        std::optional<Timer> hang_up;
        if (street_.simulation.faults().happens("client hangs up", what, 0.02)) {
            hang_up.emplace(loop.timers(), [&root] { root.scope().cancel(cancelled()); });
            hang_up->arm(begun + std::chrono::microseconds{street_.simulation.faults().pick(200'000)});
        }
        auto answer = co_await make(root.context());
        hang_up.reset();
        ++street_.journal.answered;
        const auto took = loop.now() - begun;
        tell(what, answer ? "done" : answer.error().reason() + (answer.error().outcome_open() ? " (open)" : ""));
        if (took > timeout + kSlack) broken(what, "took longer than its deadline");
        co_return answer;
    }
    void tell(std::string_view what, const std::string& came) const;
    void broken(std::string_view what, const std::string& promise) const;

    static constexpr std::chrono::seconds kTimeout{8};
    static constexpr std::chrono::seconds kSlack{1};

 private:
    Street& street_;
    std::string name_;
};

/// Somebody who registers, looks around, orders, looks at the orders and cancels some, until the street closes. One after the
/// other, so that what comes back can be held against what was told before.
class Customer {
 public:
    Customer(Street& street, std::string name, std::unique_ptr<rpc::Channel> channel)
        : street_{street},
          name_{std::move(name)},
          channel_{std::move(channel)},
          services_{*channel_},
          caller_{street, name_},
          timeouts_{street.simulation.seed() ^ std::hash<std::string>{}(name_ + " timeouts")} {}

    Task<void> live();
    bool done() const { return done_; }
    /// Once more, when what was written last must be seen by everybody.
    Task<void> look_back();

 private:
    static constexpr std::chrono::seconds kFreshWithin{1};

    /// What was acknowledged of the own record, and when.
    struct Acknowledged {
        SteadyTime at;
        std::int64_t version = 0;
        std::string name;
    };

    struct Mine {
        std::size_t entry = 0;  ///< in the journal
        std::int64_t version = 0;
        std::string status;
    };

    Task<void> pause(std::uint64_t millis_max);
    Task<bool> register_once();
    Task<void> act();
    std::int64_t stored_version() const;
    Task<void> look_at_me();
    void check_record(const ::user::User& user, bool stale) const;
    void acknowledge(const ::user::User& user);
    Task<void> rename();
    std::chrono::nanoseconds timeout_of_rename();
    Task<void> look_at_product();
    Task<void> order();
    Task<void> look_for_order(std::size_t entry);
    Task<void> look_at_order();
    Task<void> cancel();
    std::uint64_t choose(std::uint64_t below) { return street_.simulation.choose(below); }

    Street& street_;
    std::string name_;
    std::unique_ptr<rpc::Channel> channel_;
    Services services_;
    Caller caller_;
    std::string id_;
    /// In their order.
    std::vector<Acknowledged> acknowledged_;
    std::vector<std::string> perhaps_called_;
    /// What was stored when it looked last, and at least kFreshWithin before that.
    SteadyTime seen_at_{};
    std::int64_t seen_version_ = 0;
    std::int64_t fresh_version_ = 0;
    int renamed_ = 0;
    /// It draws from nothing that others draw from, so that the timeouts of renames decide nothing else.
    Random timeouts_;
    int registered_ = 0;
    std::vector<Mine> mine_;
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
