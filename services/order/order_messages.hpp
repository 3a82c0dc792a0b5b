#pragma once

#include "proto/catalog.pb.h"
#include "proto/order.pb.h"
#include "services/order/order.hpp"
#include "services/order/order_draft.hpp"

namespace tw::order {

// These functions convert between the contract's messages and the domain.

::order::Order to_proto(const Order& order);

/// Asks for stock for somewhat longer than the payment window, which is at most six days.
::catalog::ReserveRequest reserve_request(OrderId id, const OrderDraft& draft, std::chrono::seconds payment_window);
/// Reads the lines as the catalogue has reserved and priced them. Fails with INTERNAL if its answer
/// does not fit the draft.
Result<std::vector<Line>> read_lines(const ::catalog::Reservation& reservation, const OrderDraft& draft);

}  // namespace tw::order
