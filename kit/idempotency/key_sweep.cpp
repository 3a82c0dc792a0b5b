#include "kit/idempotency/key_sweep.hpp"

namespace tw::idempotency {
namespace {

constexpr std::chrono::minutes kSweepInterval{1};
constexpr std::int64_t kRemovedAtOnce = 500;

}  // namespace

KeySweep::KeySweep(EventLoop& loop, sql::Database& database, const Clock& clock, telemetry::Telemetry telemetry,
                   std::chrono::minutes kept)
    : keys_{database, telemetry},
      clock_{clock},
      telemetry_{telemetry},
      kept_{kept},
      background_{loop, telemetry.log, "idempotency.sweep", kSweepInterval,
                  [this](const CallContext& ctx) { return sweep(ctx); }} {}

Task<telemetry::BackgroundLoop::Next> KeySweep::sweep(const CallContext& ctx) {
    using enum telemetry::BackgroundLoop::Next;
    const auto removed = co_await keys_.remove_old(ctx, clock_.now() - kept_, kRemovedAtOnce);
    if (!removed && !ctx.over()) {
        telemetry_.log.warn(ctx, "idempotency.sweep_failed", {{"error.type", removed.error().reason()}},
                            "old idempotency keys stay until the next sweep");
    }
    co_return removed && *removed == kRemovedAtOnce ? at_once : rest;
}

}  // namespace tw::idempotency
