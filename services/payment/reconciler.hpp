#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/payment/payment_store.hpp"
#include "services/payment/settlement.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::payment {

/// Settles payments whose outcome nobody has stored: it asks the provider what became of payments
/// that are `processing`, and carries out captures and voids that are under way.
///
/// A payment is asked about when it has not changed for `after`. The pause doubles with each
/// question, up to kPauseMax. The reconcilers of several replicas share the work: each question is
/// claimed by compare-and-set before it is asked. A question that is asked twice all the same, or
/// at the same time as a caller's, does no harm, since answers are stored by compare-and-set, too.
///
/// It belongs to one loop. What the constructor takes by reference must outlive it. Once started,
/// it must be stopped before it is destroyed.
class Reconciler {
 public:
    static constexpr std::chrono::hours kPauseMax{1};
    /// How many payments one round asks about.
    static constexpr std::int32_t kRoundMax = 50;
    /// How many payments are asked about at the same time.
    static constexpr std::size_t kQuestionsAtOnce = 8;
    /// How long one question may take.
    static constexpr std::chrono::seconds kQuestionTimeMax{10};

    Reconciler(EventLoop& loop, PaymentStore& payments, Settlement& settlement, const Clock& clock,
               telemetry::Telemetry telemetry, std::chrono::milliseconds after);

    void start() { background_.start(); }
    /// Returns when the round that is under way, if any, has ended.
    Task<void> stop() { return background_.stop(); }

    /// Counts the unsettled payments, and asks about those that are due.
    Task<telemetry::BackgroundLoop::Next> round(const CallContext& ctx);

 private:
    /// Asks about the payments that are due. Returns how many were claimed.
    Task<Result<std::int32_t>> ask_about_due(const CallContext& ctx);
    /// Asks about one payment after the other, from `next` on. Several calls share `due` and
    /// `next`. Returns how many this call claimed.
    Task<Result<std::int32_t>> ask_in_turn(const CallContext& ctx, std::vector<Payment>& due, std::size_t& next);
    Task<void> ask_about(const CallContext& ctx, Payment payment);
    void observe(const Unsettled& unsettled);
    /// Logs an error, unless it comes from stopping.
    void report(const CallContext& ctx, const Error& error);
    /// Returns how long to wait after a question before the next one.
    std::chrono::milliseconds pause_after(std::int32_t attempts) const;

    PaymentStore& payments_;
    Settlement& settlement_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    std::chrono::milliseconds after_;
    telemetry::Counter unsettled_;
    telemetry::Counter unsettled_age_;
    telemetry::BackgroundLoop background_;
};

}  // namespace tw::payment
