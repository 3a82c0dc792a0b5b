#pragma once

#include "kit/base/clock.hpp"
#include "kit/idempotency/key_store.hpp"
#include "kit/telemetry/background_loop.hpp"

#include <chrono>

namespace tw::idempotency {

/// Removes keys that are older than `kept`, in small parts, until it is stopped. One replica is
/// enough, and several do no harm. Belongs to one loop. Once started, it must be stopped before it
/// is destroyed.
class KeySweep {
 public:
    /// All references outlive the object.
    KeySweep(EventLoop& loop, sql::Database& database, const Clock& clock, telemetry::Telemetry telemetry,
             std::chrono::minutes kept);

    void start() { background_.start(); }
    Task<void> stop() { return background_.stop(); }

 private:
    Task<telemetry::BackgroundLoop::Next> sweep(const CallContext& ctx);

    KeyStore keys_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    std::chrono::minutes kept_;
    telemetry::BackgroundLoop background_;
};

}  // namespace tw::idempotency
