#include "services/order/flows/cancel_order.hpp"

#include <chrono>
#include <utility>

namespace tw::order {
namespace {

using durable::Change;
using durable::Done;

constexpr const char* kWhyCanceled = "the order was canceled";

durable::StepOptions waiting_step() {
    auto options = patient_step();
    options.retry_first = std::chrono::milliseconds{10};
    options.retry_last = std::chrono::seconds{1};
    options.attempts_max = 1'000'000;
    return options;
}

/// Returns the id of the payment that must be voided; empty if there is none. While a flow is
/// paying the order, it fails in a way that lets the step run again.
Task<Result<std::string>> payment_to_void(const CallContext& ctx, FlowParts& parts, OrderId id) {
    auto order = co_await parts.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    if (!order->active_flow.empty()) co_return payment_in_progress();
    co_return order->payment_id;
}

Task<Result<Change<Done>>> record_cancel(const CallContext& ctx, FlowParts& parts, OrderId id) {
    const auto decide = [&](Order order) { return finish_cancel(std::move(order), parts.clock.now()); };
    auto unit = co_await change_order(ctx, parts, id, decide);
    if (!unit) co_return std::move(unit).error();
    Change<Done> change{.unit = *std::move(unit), .answer = {}};
    co_return change;
}

}  // namespace

std::string cancel_flow_id(OrderId id) { return "cancel/" + id.to_string(); }

Task<Result<Done>> cancel_order(durable::Flow& flow, FlowParts& parts, OrderId id) {
    const auto payment_id = co_await flow.step(
        "await payment", [&](const CallContext& ctx) { return payment_to_void(ctx, parts, id); }, waiting_step());
    if (!payment_id) co_return payment_id.error();
    if (!payment_id->empty()) {
        const auto voided = co_await flow.step(
            "void payment", [&](const CallContext& ctx) { return void_payment(ctx, parts, *payment_id, kWhyCanceled); },
            compensating_step());
        if (!voided) co_return voided.error();
    }
    const auto returned = co_await flow.step(
        "return stock", [&](const CallContext& ctx) { return return_stock(ctx, parts, id, kWhyCanceled); }, compensating_step());
    if (!returned) co_return returned.error();
    auto ended = co_await flow.finish("record cancel", [&](const CallContext& ctx) { return record_cancel(ctx, parts, id); });
    if (ended) parts.metrics.ended(Status::canceled);
    co_return ended;
}

}  // namespace tw::order
