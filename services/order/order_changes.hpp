#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "services/order/order.hpp"

#include <string>
#include <string_view>

namespace tw::order {

/// A change of an order that has been decided and is not stored yet. Each change makes the next
/// version of the order, and causes one event of this type.
struct OrderChange {
    Order order;
    std::string_view type;
};

// The types of events.
inline constexpr std::string_view kOrderCreated = "order.created";
inline constexpr std::string_view kOrderPaymentStarted = "order.payment_started";
inline constexpr std::string_view kOrderPaymentFailed = "order.payment_failed";
inline constexpr std::string_view kOrderConfirmed = "order.confirmed";
inline constexpr std::string_view kOrderPaid = "order.paid";
inline constexpr std::string_view kOrderCanceling = "order.canceling";
inline constexpr std::string_view kOrderCanceled = "order.canceled";
inline constexpr std::string_view kOrderExpired = "order.expired";
inline constexpr std::string_view kOrderFulfilled = "order.fulfilled";
inline constexpr std::string_view kOrderCompleted = "order.completed";

// These functions decide the changes of an order. They do no I/O. Those that may refuse fail with
// FAILED_PRECONDITION (ILLEGAL_TRANSITION) if the order's status does not allow the change.

/// Begins a payment by the flow `flow`. Also fails with FAILED_PRECONDITION (ORDER_PAID) if the
/// order is paid or its payment is authorised, and with ABORTED (PAYMENT_IN_PROGRESS) if another
/// flow is changing its payment. An order whose payment window is over cannot be paid.
Result<OrderChange> begin_payment(Order order, std::string flow, Timestamp now);

/// The payment has failed, and nothing is charged. `payment_id` is empty if there is no payment.
/// An order that is being canceled keeps the reason for which it is canceled.
OrderChange fail_payment(Order order, std::string payment_id, std::string reason, Timestamp now);

/// The payment is authorised, and the stock is the order's. Unless the payment is captured on
/// fulfilment, the flow goes on to capture it.
Result<OrderChange> confirm(Order order, std::string payment_id, Capture capture, Timestamp now);

/// The payment is captured.
OrderChange mark_paid(Order order, Timestamp now);

/// Begins to cancel the order. Also fails with FAILED_PRECONDITION (PAYMENT_CAPTURED) if it is
/// paid, and with ABORTED (PAYMENT_IN_PROGRESS) if it is confirmed and a flow is capturing its
/// payment. A pending order whose payment is under way can be canceled: the flow that pays it then
/// voids the payment.
Result<OrderChange> begin_cancel(Order order, std::string reason, Timestamp now);

/// The payment is voided, and the stock is back.
Result<OrderChange> finish_cancel(Order order, Timestamp now);

Result<OrderChange> expire(Order order, Timestamp now);

/// The goods have left. `flow` is the id of the flow that captures the payment, for an order whose
/// payment is captured now (see captures_on_fulfilment). Also fails with ABORTED
/// (PAYMENT_IN_PROGRESS) if another flow is changing the payment. An order whose payment has failed
/// cannot be fulfilled.
Result<OrderChange> fulfil(Order order, std::string tracking, std::string flow, Timestamp now);
bool captures_on_fulfilment(const Order& order);
/// Tries again to capture the payment of a fulfilled order whose capture was refused.
Result<OrderChange> capture_again(Order order, std::string flow, Timestamp now);

/// Nothing more will happen to the order. An order that is not paid cannot be completed. Fails with
/// ABORTED (PAYMENT_IN_PROGRESS) if a flow is changing the payment.
Result<OrderChange> complete(Order order, Timestamp now);

/// Makes ABORTED (PAYMENT_IN_PROGRESS). The same call may succeed later.
Error payment_in_progress();

}  // namespace tw::order
