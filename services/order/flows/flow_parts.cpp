#include "services/order/flows/flow_parts.hpp"

#include "services/order/order_events.hpp"
#include "services/order/reasons.hpp"

#include <chrono>
#include <utility>

namespace tw::order {
namespace {

/// The catalogue's reason for what cannot be done to a reservation in its status.
constexpr std::string_view kReservationClosed = "RESERVATION_CLOSED";

/// Turns the answer of another service into that of a step that has nothing to tell.
template <class T>
Result<durable::Done> done_if(const Result<T>& answer) {
    if (!answer) return answer.error();
    return durable::Done{};
}

Error refused_by_provider(const ::payment::Payment& payment) {
    return Error{Code::failed_precondition, reason::kPaymentDeclined,
                 payment.last_error().empty() ? payment.status() : payment.last_error()};
}

}  // namespace

std::string reason_shown(const Error& error) {
    return error.reason() == reason::kPaymentDeclined ? error.detail() : error.reason();
}

durable::StepOptions patient_step() {
    durable::StepOptions options;
    options.journal = durable::Journal::with_next;
    options.retry_first = std::chrono::milliseconds{50};
    options.retry_last = std::chrono::seconds{30};
    options.attempts_max = 3000;
    return options;
}

durable::StepOptions compensating_step() {
    durable::StepOptions options;
    options.journal = durable::Journal::with_next;
    options.retry_first = std::chrono::milliseconds{50};
    options.retry_last = std::chrono::seconds{30};
    options.attempts_max = 30;
    options.retried = [](const Error&) { return true; };
    return options;
}

Task<Result<durable::Done>> void_payment(const CallContext& ctx, FlowParts& parts, std::string payment_id, std::string reason) {
    ::payment::CancelPaymentRequest request;
    request.set_id(std::move(payment_id));
    request.set_reason(std::move(reason));
    const auto payment = co_await parts.payments.cancel_payment(ctx, request);
    if (payment && payment->status() != "canceled") co_return refused_by_provider(*payment);
    co_return done_if(payment);
}

Task<Result<durable::Done>> capture_payment(const CallContext& ctx, FlowParts& parts, std::string payment_id) {
    ::payment::CapturePaymentRequest request;
    request.set_id(std::move(payment_id));
    const auto payment = co_await parts.payments.capture_payment(ctx, request);
    if (payment && payment->status() != "succeeded") co_return refused_by_provider(*payment);
    co_return done_if(payment);
}

Task<Result<durable::Done>> return_stock(const CallContext& ctx, FlowParts& parts, OrderId id, std::string reason) {
    ::catalog::ReleaseRequest release;
    release.set_order_id(id.to_string());
    const auto released = co_await parts.catalog.release(ctx, release);
    if (released || released.error().code() == Code::not_found) co_return durable::Done{};
    if (released.error().reason() != kReservationClosed) co_return released.error();
    // The stock was taken for the order, and goes back to the shop's stock.
    ::catalog::RestockRequest restock;
    restock.set_order_id(id.to_string());
    restock.set_reason(std::move(reason));
    const auto restocked = co_await parts.catalog.restock(ctx, restock);
    co_return done_if(restocked);
}

Task<Result<sql::Unit>> change_order(const CallContext& ctx, FlowParts& parts, OrderId id, Decision decide) {
    auto order = co_await parts.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    const auto change = decide(*std::move(order));
    if (!change) co_return change.error();
    sql::Unit unit;
    record(unit, ctx, parts.random, *change, kSystemActor);
    co_return unit;
}

}  // namespace tw::order
