#pragma once

#include "services/order/flows/flow_parts.hpp"

#include <string>
#include <string_view>

namespace tw::order {

/// The kind of the flow that returns the stock of an expired order.
inline constexpr std::string_view kExpireOrder = "order.expire";

/// Returns the id of the flow. An order expires once.
std::string expire_flow_id(OrderId id);

/// Returns the stock of an order that has expired.
Task<Result<durable::Done>> expire_order(durable::Flow& flow, FlowParts& parts, OrderId id);

}  // namespace tw::order
