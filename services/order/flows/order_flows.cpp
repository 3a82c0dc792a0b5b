#include "services/order/flows/order_flows.hpp"

#include "services/order/flows/cancel_order.hpp"
#include "services/order/flows/expire_order.hpp"
#include "services/order/flows/fulfil_order.hpp"
#include "services/order/flows/pay_order.hpp"

#include <utility>

namespace tw::order {

void add_order_flows(durable::Flows& flows, FlowParts& parts) {
    using durable::Done;
    using durable::Flow;
    auto pay = durable::flow_kind<Payment, PaymentOutcome>(
        kPayOrder, [&parts](Flow& flow, Payment attempt) { return pay_order(flow, parts, std::move(attempt)); });
    flows.add_kind(durable::with_cancel<Payment, PaymentOutcome>(std::move(pay), [&parts](Flow& flow, Payment attempt) {
        return cancel_payment_attempt(flow, parts, std::move(attempt));
    }));
    // What these flows have begun cannot be taken back: their orders have changed, and customers
    // know it. When an operator cancels such a flow, its steps begin anew.
    const auto add = [&flows](std::string_view name, auto code) {
        flows.add_kind(durable::with_cancel<OrderId, Done>(durable::flow_kind<OrderId, Done>(name, code), code));
    };
    add(kCancelOrder, [&parts](Flow& flow, OrderId id) { return cancel_order(flow, parts, id); });
    add(kFulfilOrder, [&parts](Flow& flow, OrderId id) { return fulfil_order(flow, parts, id); });
    add(kExpireOrder, [&parts](Flow& flow, OrderId id) { return expire_order(flow, parts, id); });
}

}  // namespace tw::order
