#include "services/order/order_expiry.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace tw::order {
namespace {

/// How many orders expire in one round. Other work of the loop runs between two rounds.
constexpr std::int64_t kExpiredMax = 50;

}  // namespace

OrderExpiry::OrderExpiry(EventLoop& loop, FlowParts& parts, durable::Flows& flows, std::chrono::milliseconds interval)
    : parts_{parts},
      actions_{parts, flows},
      background_{loop, parts.telemetry.log, "order.expiry", interval, [this](const CallContext& ctx) { return sweep(ctx); }} {}

Task<telemetry::BackgroundLoop::Next> OrderExpiry::sweep(const CallContext& ctx) {
    using enum telemetry::BackgroundLoop::Next;
    const auto overdue = co_await parts_.orders.find_overdue(ctx, parts_.clock.now(), kExpiredMax);
    if (!overdue && !ctx.over()) {
        parts_.telemetry.log.warn(ctx, "order.expiry_failed", {{"error.type", overdue.error().reason()}},
                                  "overdue orders stay pending until the next attempt");
    }
    if (!overdue || overdue->empty()) co_return rest;
    // What is done for an order is worth a trace, in which its timeline and its flow can be found.
    const auto traced = ctx.with_trace({});
    const auto span = parts_.telemetry.tracer.start(traced, "order.expire_orders", telemetry::SpanKind::internal);
    std::int64_t expired = 0;
    for (const auto& id : *overdue) {
        if (ctx.over()) co_return rest;
        // An order that another replica has expired, or that somebody has just paid, is left alone.
        const auto done = co_await actions_.expire(span.context(), id);
        if (done) ++expired;
    }
    if (expired > 0) {
        parts_.telemetry.log.info(span.context(), "order.orders_expired", {{"shop.orders", expired}},
                                  fmt::format("{} orders were not paid in time and have expired", expired));
    }
    co_return expired == kExpiredMax ? at_once : rest;
}

}  // namespace tw::order
