#pragma once

#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/provider_model.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tw::shop {

/// What is promised of the events that make up the timelines of orders.
struct EventPromises {
    /// The events of an order are applied in the order of its versions at any moment.
    bool in_order = true;
    /// Every event is applied in the end.
    bool all_arrive = true;
};

/// What is wrong with orders, payments, stock of orders and timelines at any moment, also in the
/// middle of everything. The databases are compared with each other and with what the provider did.
std::vector<std::string> always_broken_checkout(const Books& books, const ProviderModel& provider, EventPromises promises);

/// What is wrong with them once nobody asks for anything any more, and payments and orders have had
/// the time after which the provider is believed and orders expire.
std::vector<std::string> finally_broken_checkout(const Books& books, const ProviderModel& provider, EventPromises promises,
                                                 std::int64_t now_micros);

/// Watches flows that have ended. Nothing of them changes any more, also if a replica that had lost
/// their lease goes on.
class EndedFlows {
 public:
    /// Returns what is wrong with the flows that had ended when this was called before.
    std::vector<std::string> look(const Books& books);

 private:
    /// By the flow's id: its row.
    std::map<std::string, Books::Row> known_;
};

/// Returns how many orders have been confirmed, by the stored timelines.
std::uint64_t count_checkouts(const Books& books);

}  // namespace tw::shop
