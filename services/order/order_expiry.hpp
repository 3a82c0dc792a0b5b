#pragma once

#include "kit/async/call_context.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "services/order/order_actions.hpp"

#include <chrono>

namespace tw::order {

/// Expires orders that were not paid in time, at an interval, until it is stopped. Any number of
/// loops and replicas may do so at once: each order expires once. It belongs to one loop. What the
/// constructor takes by reference outlives it. Once started, stop it before it is destroyed.
class OrderExpiry {
 public:
    OrderExpiry(EventLoop& loop, FlowParts& parts, durable::Flows& flows, std::chrono::milliseconds interval);

    void start() { background_.start(); }
    /// Returns when the sweep that is under way, if any, has ended.
    Task<void> stop() { return background_.stop(); }

    /// Expires orders that are overdue now. Returns whether there may be more.
    Task<telemetry::BackgroundLoop::Next> sweep(const CallContext& ctx);

 private:
    FlowParts& parts_;
    OrderActions actions_;
    telemetry::BackgroundLoop background_;
};

}  // namespace tw::order
