#include "services/order/flows/fulfil_order.hpp"

#include <utility>

namespace tw::order {
namespace {

using durable::Change;
using durable::Done;

Task<Result<Done>> capture_of_order(const CallContext& ctx, FlowParts& parts, OrderId id) {
    auto order = co_await parts.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    co_return co_await capture_payment(ctx, parts, order->payment_id);
}

/// `why` is the reason for which the capture was refused; empty if the payment is captured.
Task<Result<Change<Done>>> record_fulfil_capture(const CallContext& ctx, FlowParts& parts, OrderId id, const std::string& why) {
    const auto decide = [&](Order order) -> Result<OrderChange> {
        if (why.empty()) return mark_paid(std::move(order), parts.clock.now());
        return fail_payment(std::move(order), {}, why, parts.clock.now());
    };
    auto unit = co_await change_order(ctx, parts, id, decide);
    if (!unit) co_return std::move(unit).error();
    Change<Done> change{.unit = *std::move(unit), .answer = {}};
    co_return change;
}

}  // namespace

std::string fulfil_flow_id(OrderId id, std::int64_t version) {
    return "fulfil/" + id.to_string() + "/" + std::to_string(version);
}

Task<Result<Done>> fulfil_order(durable::Flow& flow, FlowParts& parts, OrderId id) {
    const auto captured = co_await flow.step(
        "capture payment", [&](const CallContext& ctx) { return capture_of_order(ctx, parts, id); }, patient_step());
    const std::string why = captured ? std::string{} : reason_shown(captured.error());
    if (!captured) {
        parts.telemetry.log.log(telemetry::Severity::error, "order.capture_refused",
                                {{"shop.order.id", id.to_string()}, {"error.type", why}},
                                "the order is fulfilled, and its payment cannot be captured");
    }
    co_return co_await flow.finish("record capture",
                                   [&](const CallContext& ctx) { return record_fulfil_capture(ctx, parts, id, why); });
}

}  // namespace tw::order
