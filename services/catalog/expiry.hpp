#pragma once

#include "kit/async/call_context.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/catalog/stock_reservations.hpp"

#include <chrono>

namespace tw::catalog {

/// Gives the stock of overdue holds back, again and again, until it is stopped. Belongs to one loop; what it is given outlives
/// it. Stop it before it is destroyed, once it was started.
class Expiry {
 public:
    Expiry(EventLoop& loop, StockReservations& reservations, telemetry::Telemetry telemetry, std::chrono::milliseconds interval);

    void start();
    /// Returns when nothing is in flight any more.
    Task<void> stop();

 private:
    Task<telemetry::BackgroundLoop::Next> sweep(const CallContext& ctx);

    StockReservations& reservations_;
    telemetry::Telemetry telemetry_;
    telemetry::BackgroundLoop background_;
};

}  // namespace tw::catalog
