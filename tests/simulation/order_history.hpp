#pragma once

#include "tests/simulation/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::shop {

/// Returns whether an order that was `before` may be `after` by now, by the states that the domain
/// gives to an order.
bool may_become(std::string_view before, std::string_view after);

/// Returns whether an order with this status does not change any more.
bool is_final(std::string_view status);

/// Returns why an order cannot have this status, by what clients have asked for and were told;
/// nothing if it can. `now` is the wall clock in microseconds.
std::optional<std::string> fault_of_status(const Journal::Order& order, const std::string& status,
                                           const std::string& payment_status, std::int64_t now);

}  // namespace tw::shop
