#pragma once

#include "kit/async/task.hpp"
#include "proto/order.tw.hpp"
#include "tests/simulation/caller.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tw::shop {

/// Calls about orders that exist, as customers and merchants make them. Each call checks what it is
/// told against what everybody was told before, and writes it into the journal. `at` is the place of
/// the order in the journal. Every task returns true.
class OrderCalls {
 public:
    OrderCalls(Street& street, const Caller& caller, const ::order::OrderServiceClient& orders)
        : street_{street}, caller_{caller}, orders_{orders} {}

    Task<bool> look(std::size_t at);
    Task<bool> look_at_timeline(std::size_t at);
    Task<bool> pay(std::size_t at, std::string token, bool on_fulfilment);
    Task<bool> cancel(std::size_t at);
    Task<bool> fulfil(std::size_t at);
    Task<bool> complete(std::size_t at);

    /// Watches the order for this time, from the version on that a watcher saw last.
    Task<bool> watch(std::size_t at, std::chrono::nanoseconds time);

    /// Notes what the answer to a new order says.
    void note_new(std::size_t at, const ::order::Order& order);

 private:
    using Answer = Result<::order::Order>;
    using Make = std::function<Task<Answer>(const CallContext&)>;

    /// Makes a call that answers with the order.
    Task<Answer> about(std::string_view what, std::size_t at, Make make);
    void check(std::string_view what, std::size_t at, const ::order::Order& order, std::int64_t known);
    /// Reads what a stream tells of the order until it ends. Returns what it told last.
    Task<Answer> read_stream(const CallContext& ctx, std::size_t at, ::order::WatchOrderRequest request);
    void note_token(std::size_t at, const std::string& token, const Answer& answer);
    Journal::Order& entry(std::size_t at) const { return street_.journal.orders[at]; }

    Street& street_;
    const Caller& caller_;
    const ::order::OrderServiceClient& orders_;
};

}  // namespace tw::shop
