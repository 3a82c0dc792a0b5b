#pragma once

#include "proto/catalog.pb.h"
#include "proto/order.pb.h"
#include "services/order/order.hpp"
#include "services/order/order_draft.hpp"

namespace tw::order {

/// Between the contract's messages and the domain.
::order::Order to_proto(const Order& order);

::catalog::ReserveRequest hold_request(OrderId id, const OrderDraft& draft);
/// The lines as the catalogue holds and prices them. INTERNAL where its answer cannot be that.
Result<std::vector<Line>> read_lines(const ::catalog::Reservation& reservation, const OrderDraft& draft);

}  // namespace tw::order
