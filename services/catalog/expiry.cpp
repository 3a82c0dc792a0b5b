#include "services/catalog/expiry.hpp"

#include "kit/async/sleep.hpp"

#include <fmt/format.h>

namespace tw::catalog {

void Expiry::start() { spawn(gate_, run()); }

Task<void> Expiry::stop() {
    call_.scope().cancel(cancelled());
    co_await close_and_wait(gate_);
}

Task<void> Expiry::run() {
    while (!call_.context().over()) {
        co_await sweep();
        // Ends early, with an error, when stopped: that is the loop's condition.
        std::ignore = co_await sleep_for(call_.context(), interval_);
    }
}

Task<void> Expiry::sweep() {
    const auto span = telemetry_.tracer.start(call_.context(), "catalog.expire_reservations", telemetry::SpanKind::internal);
    auto expired = co_await desk_.expire_overdue(span.context());
    if (!expired && !call_.context().over()) {
        telemetry_.log.warn(span.context(), "catalog.expiry_failed", {{"error.type", expired.error().reason()}},
                            "holds that are overdue stay until the next sweep");
    }
    if (expired && *expired > 0)
        telemetry_.log.info(span.context(), "catalog.reservations_expired", {{"shop.reservations", *expired}},
                            fmt::format("{} holds that were overdue have ended", *expired));
}

}  // namespace tw::catalog
