#pragma once

#include "services/order/flows/flow_parts.hpp"

#include <string>
#include <string_view>

namespace tw::order {

/// The kind of the flow that captures the payment of a fulfilled order.
inline constexpr std::string_view kFulfilOrder = "order.fulfil";

/// Returns the id of the flow. `version` is the order's version before the flow: after a capture
/// that was refused, the next attempt is another flow.
std::string fulfil_flow_id(OrderId id, std::int64_t version);

/// Captures the payment of a fulfilled order. If that is refused, the order shows that its payment
/// has failed.
Task<Result<durable::Done>> fulfil_order(durable::Flow& flow, FlowParts& parts, OrderId id);

}  // namespace tw::order
