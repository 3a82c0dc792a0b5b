#include "services/catalog/expiry.hpp"

#include <fmt/format.h>

namespace tw::catalog {

Expiry::Expiry(EventLoop& loop, StockReservations& reservations, telemetry::Telemetry telemetry,
               std::chrono::milliseconds interval)
    : reservations_{reservations},
      telemetry_{telemetry},
      background_{loop, telemetry.log, "catalog.expiry", interval, [this](const CallContext& ctx) { return sweep(ctx); }} {}

void Expiry::start() { background_.start(); }

Task<void> Expiry::stop() { return background_.stop(); }

Task<telemetry::BackgroundLoop::Next> Expiry::sweep(const CallContext& ctx) {
    using enum telemetry::BackgroundLoop::Next;
    const auto outside = ctx.with_trace({});
    const auto span = telemetry_.tracer.start(outside, "catalog.expire_reservations", telemetry::SpanKind::internal);
    auto swept = co_await reservations_.expire_overdue(span.context());
    if (!swept && !ctx.over()) {
        telemetry_.log.warn(span.context(), "catalog.expiry_failed", {{"error.type", swept.error().reason()}},
                            "expired reservations keep their stock until the next attempt");
    }
    if (!swept) co_return rest;
    if (swept->failed > 0 && !ctx.over()) {
        telemetry_.log.warn(span.context(), "catalog.expiry_failed",
                            {{"error.type", swept->failure->reason()}, {"shop.reservations", swept->failed}},
                            "some expired reservations could not be released and keep their stock until the next attempt");
    }
    if (swept->expired > 0)
        telemetry_.log.info(span.context(), "catalog.reservations_expired", {{"shop.reservations", swept->expired}},
                            fmt::format("{} reservations have expired; their stock is released", swept->expired));
    co_return rest;
}

}  // namespace tw::catalog
