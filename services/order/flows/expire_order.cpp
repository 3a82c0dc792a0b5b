#include "services/order/flows/expire_order.hpp"

namespace tw::order {

std::string expire_flow_id(OrderId id) { return "expire/" + id.to_string(); }

Task<Result<durable::Done>> expire_order(durable::Flow& flow, FlowParts& parts, OrderId id) {
    co_return co_await flow.step(
        "return stock", [&](const CallContext& ctx) { return return_stock(ctx, parts, id, "the order has expired"); },
        compensating_step());
}

}  // namespace tw::order
