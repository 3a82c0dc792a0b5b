#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/deadline.hpp"
#include "kit/durable/flows.hpp"
#include "services/order/flows/flow_parts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::order {

/// Pays, cancels, fulfils, completes and expires orders. What takes several services is a durable
/// flow (services/order/flows): it begins in the transaction of the change that asks for it, and
/// goes on whoever waits for it. These functions wait for the flow as long as their caller has
/// time, and then return the order as it is.
///
/// All functions fail with NOT_FOUND (ORDER_NOT_FOUND), as the decisions in order_changes.hpp do,
/// and with ABORTED (CONTENDED) if others change the order at the same time. An error after the
/// change was written has an open outcome.
class OrderActions {
 public:
    /// Both references outlive the object. add_order_flows was called with them.
    OrderActions(FlowParts& parts, durable::Flows& flows) : parts_{parts}, flows_{flows} {}

    /// Pays the order with the token, or tells what became of an attempt with the same token. Fails
    /// with FAILED_PRECONDITION if the attempt has failed: PAYMENT_DECLINED, OUT_OF_STOCK,
    /// FLOW_CANCELED, or the reason of the service that refused.
    Task<Result<Order>> pay(const CallContext& ctx, OrderId id, std::string token, Capture capture);
    Task<Result<Order>> cancel(const CallContext& ctx, OrderId id, std::string reason, std::int64_t expected_version);
    Task<Result<Order>> fulfil(const CallContext& ctx, OrderId id, std::string tracking, std::int64_t expected_version);
    Task<Result<Order>> complete(const CallContext& ctx, OrderId id, std::int64_t expected_version);
    /// Expires an order that nobody has paid in time. `ctx` is that of the sweep.
    Task<Result<durable::Done>> expire(const CallContext& ctx, OrderId id);

 private:
    using Begun = Result<durable::Done>;
    Task<Begun> try_pay(const CallContext& ctx, OrderId id, const std::string& flow_id, const std::string& token,
                        Capture capture);
    Task<Begun> try_cancel(const CallContext& ctx, OrderId id, const std::string& reason, std::int64_t expected_version);
    Task<Begun> continue_cancel(const CallContext& ctx, const Order& order);
    Task<Begun> try_fulfil(const CallContext& ctx, OrderId id, const std::string& tracking, std::int64_t expected_version);
    Task<Begun> try_complete(const CallContext& ctx, OrderId id, std::int64_t expected_version);
    /// Waits for the end of the flow that is changing the order's payment.
    Task<Begun> await_payment(const CallContext& ctx, OrderId id, Deadline until);
    /// Writes the unit, to which the flow was added, and runs the flow.
    Task<Begun> begin(const CallContext& ctx, sql::Unit unit, durable::AddedFlow added);
    /// Waits for a flow that has no result but its end, and returns the order.
    Task<Result<Order>> order_after(const CallContext& ctx, OrderId id, std::string flow_id, Deadline until);
    Task<Result<Order>> order_now(const CallContext& ctx, OrderId id);

    FlowParts& parts_;
    durable::Flows& flows_;
};

}  // namespace tw::order
