#pragma once

#include "kit/durable/flows.hpp"
#include "services/order/flows/flow_parts.hpp"

namespace tw::order {

/// Adds the kinds of flows that orders have. `parts` outlives `flows`.
void add_order_flows(durable::Flows& flows, FlowParts& parts);

}  // namespace tw::order

/// The input of the flows that need to know the order only.
template <>
struct tw::durable::Codec<tw::order::OrderId> {
    static std::string encode(tw::order::OrderId id) { return id.to_string(); }
    static tw::order::OrderId decode(std::string_view text) {
        const auto id = tw::order::OrderId::parse(text);
        if (!id) throw Unreadable{"a stored text is no id of an order"};
        return *id;
    }
};
