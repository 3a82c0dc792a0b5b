#pragma once

#include "kit/async/call_context.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/catalog/stock_reservations.hpp"

#include <chrono>

namespace tw::catalog {

/// Expires overdue reservations at an interval, until it is stopped. It belongs to one loop. What
/// the constructor takes by reference must outlive it. Once started, it must be stopped before it
/// is destroyed.
class Expiry {
 public:
    Expiry(EventLoop& loop, StockReservations& reservations, telemetry::Telemetry telemetry, std::chrono::milliseconds interval);

    void start();
    /// Returns when the sweep that is under way, if any, has ended.
    Task<void> stop();

 private:
    Task<telemetry::BackgroundLoop::Next> sweep(const CallContext& ctx);

    StockReservations& reservations_;
    telemetry::Telemetry telemetry_;
    telemetry::BackgroundLoop background_;
};

}  // namespace tw::catalog
