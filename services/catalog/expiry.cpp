#include "services/catalog/expiry.hpp"

#include <fmt/format.h>

namespace tw::catalog {

Expiry::Expiry(EventLoop& loop, StockDesk& desk, telemetry::Telemetry telemetry, std::chrono::milliseconds interval)
    : desk_{desk},
      telemetry_{telemetry},
      background_{loop, telemetry.log, "catalog.expiry", interval, [this](const CallContext& ctx) { return sweep(ctx); }} {}

void Expiry::start() { background_.start(); }

Task<void> Expiry::stop() { return background_.stop(); }

Task<telemetry::BackgroundLoop::Next> Expiry::sweep(const CallContext& ctx) {
    const auto span = telemetry_.tracer.start(ctx, "catalog.expire_reservations", telemetry::SpanKind::internal);
    auto expired = co_await desk_.expire_overdue(span.context());
    if (!expired && !ctx.over()) {
        telemetry_.log.warn(span.context(), "catalog.expiry_failed", {{"error.type", expired.error().reason()}},
                            "holds that are overdue stay until the next sweep");
    }
    if (expired && *expired > 0)
        telemetry_.log.info(span.context(), "catalog.reservations_expired", {{"shop.reservations", *expired}},
                            fmt::format("{} holds that were overdue have ended", *expired));
    co_return telemetry::BackgroundLoop::Next::rest;
}

}  // namespace tw::catalog
