#pragma once

#include "services/order/flows/flow_parts.hpp"

#include <string>
#include <string_view>

namespace tw::order {

/// The kind of the flow that cancels an order.
inline constexpr std::string_view kCancelOrder = "order.cancel";

/// Returns the id of the flow that cancels the order. An order is canceled once.
std::string cancel_flow_id(OrderId id);

/// Cancels an order that is `canceling`: waits until no flow is paying it, voids its payment and
/// returns its stock.
Task<Result<durable::Done>> cancel_order(durable::Flow& flow, FlowParts& parts, OrderId id);

}  // namespace tw::order
