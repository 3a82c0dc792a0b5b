#include "services/order/order_changes.hpp"

#include "services/mapping/transitions.hpp"
#include "services/order/reasons.hpp"

#include <utility>

namespace tw::order {
namespace {

/// Whether money is held or was taken for the order.
bool has_money(PaymentStatus status) {
    using enum PaymentStatus;
    return status == authorized || status == paid || status == partially_refunded || status == refunded;
}

bool is_captured(PaymentStatus status) { return has_money(status) && status != PaymentStatus::authorized; }

Error refused_by_payment(const Order& order) {
    return illegal_transition(
        "an order", status_name(order.status),
        "and whose payment is " + std::string{payment_status_name(order.payment_status)} + " does not allow this");
}

/// Makes the change of an order whose status does not change.
OrderChange same_status(Order order, std::string_view type, Timestamp now) { return {changed(std::move(order), now), type}; }

Result<OrderChange> by_event(Order order, Event event, std::string_view type, Timestamp now) {
    auto next = after(std::move(order), event, now);
    if (!next) return std::move(next).error();
    return OrderChange{*std::move(next), type};
}

}  // namespace

Error payment_in_progress() {
    return Error{Code::aborted, reason::kPaymentInProgress, "a payment of the order is under way; try again"};
}

Result<OrderChange> begin_payment(Order order, std::string flow, Timestamp now) {
    if (has_money(order.payment_status) && order.status != Status::canceled && order.status != Status::canceling) {
        return Error{Code::failed_precondition, reason::kOrderPaid,
                     "the payment of the order is " + std::string{payment_status_name(order.payment_status)}};
    }
    if (order.status != Status::pending) return illegal_transition("an order", status_name(order.status));
    if (!order.active_flow.empty()) return payment_in_progress();
    if (order.expires_at <= now) return illegal_transition("an order", "overdue");
    order.active_flow = std::move(flow);
    order.payment_status = PaymentStatus::processing;
    order.reason.clear();
    ++order.payment_attempts;
    return same_status(std::move(order), kOrderPaymentStarted, now);
}

OrderChange fail_payment(Order order, std::string payment_id, std::string reason, Timestamp now) {
    if (!payment_id.empty()) order.payment_id = std::move(payment_id);
    order.payment_status = PaymentStatus::failed;
    order.active_flow.clear();
    if (order.status != Status::canceling) order.reason = std::move(reason);
    return same_status(std::move(order), kOrderPaymentFailed, now);
}

Result<OrderChange> confirm(Order order, std::string payment_id, Capture capture, Timestamp now) {
    order.payment_id = std::move(payment_id);
    order.payment_status = PaymentStatus::authorized;
    order.capture = capture;
    if (capture == Capture::on_fulfilment) order.active_flow.clear();
    return by_event(std::move(order), Event::payment_authorized, kOrderConfirmed, now);
}

OrderChange mark_paid(Order order, Timestamp now) {
    order.payment_status = PaymentStatus::paid;
    order.reason.clear();
    order.active_flow.clear();
    return same_status(std::move(order), kOrderPaid, now);
}

Result<OrderChange> begin_cancel(Order order, std::string reason, Timestamp now) {
    if (order.status == Status::confirmed) {
        if (!order.active_flow.empty()) return payment_in_progress();
        if (is_captured(order.payment_status)) {
            return Error{Code::failed_precondition, reason::kPaymentCaptured,
                         "the order is paid, and can only be canceled together with a refund"};
        }
    }
    order.reason = std::move(reason);
    return by_event(std::move(order), Event::cancel, kOrderCanceling, now);
}

Result<OrderChange> finish_cancel(Order order, Timestamp now) {
    // Nothing is held any more. That a payment was declined before stays true.
    if (order.payment_status == PaymentStatus::authorized) order.payment_status = PaymentStatus::none;
    return by_event(std::move(order), Event::undone, kOrderCanceled, now);
}

Result<OrderChange> expire(Order order, Timestamp now) {
    if (!order.active_flow.empty()) return payment_in_progress();
    return by_event(std::move(order), Event::expire, kOrderExpired, now);
}

bool captures_on_fulfilment(const Order& order) {
    return order.capture == Capture::on_fulfilment && order.payment_status == PaymentStatus::authorized;
}

Result<OrderChange> fulfil(Order order, std::string tracking, std::string flow, Timestamp now) {
    if (!next(order.status, Event::fulfil)) return illegal_transition("an order", status_name(order.status));
    if (!order.active_flow.empty()) return payment_in_progress();
    if (captures_on_fulfilment(order)) {
        order.active_flow = std::move(flow);
    } else if (order.payment_status != PaymentStatus::paid) {
        return refused_by_payment(order);
    }
    order.tracking = std::move(tracking);
    return by_event(std::move(order), Event::fulfil, kOrderFulfilled, now);
}

Result<OrderChange> capture_again(Order order, std::string flow, Timestamp now) {
    if (!order.active_flow.empty()) return payment_in_progress();
    if (order.status != Status::fulfilled || order.payment_status != PaymentStatus::failed) return refused_by_payment(order);
    order.active_flow = std::move(flow);
    order.payment_status = PaymentStatus::processing;
    return same_status(std::move(order), kOrderPaymentStarted, now);
}

Result<OrderChange> complete(Order order, Timestamp now) {
    if (!next(order.status, Event::complete)) return illegal_transition("an order", status_name(order.status));
    if (!order.active_flow.empty()) return payment_in_progress();
    if (!is_captured(order.payment_status)) return refused_by_payment(order);
    return by_event(std::move(order), Event::complete, kOrderCompleted, now);
}

}  // namespace tw::order
