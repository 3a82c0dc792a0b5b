#include "services/payment/reconciler.hpp"

#include "kit/async/combine.hpp"
#include "services/mapping/contention.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tw::payment {
namespace {

using Next = telemetry::BackgroundLoop::Next;

/// A round comes several times in the time after which a payment is due, so that the first question
/// is not much later than that.
std::chrono::nanoseconds interval_for(std::chrono::milliseconds after) {
    constexpr std::chrono::milliseconds kIntervalMin{100};
    return std::max(after / 5, kIntervalMin);
}

std::string outcome_of(const Payment& before, const Result<Payment>& settled) {
    if (!settled || settled->version == before.version) return "unknown";
    if (settled->last_error == Settlement::kNotReceived) return std::string{Settlement::kNotReceived};
    return std::string{status_name(settled->status)};
}

}  // namespace

Reconciler::Reconciler(EventLoop& loop, PaymentStore& payments, Settlement& settlement, const Clock& clock,
                       telemetry::Telemetry telemetry, std::chrono::milliseconds after)
    : payments_{payments},
      settlement_{settlement},
      clock_{clock},
      telemetry_{telemetry},
      after_{after},
      unsettled_{telemetry.meter.counter(kPaymentsUnsettled)},
      unsettled_age_{telemetry.meter.counter(kPaymentsUnsettledAge)},
      background_{loop, telemetry.log, "payment.reconcile", interval_for(after),
                  [this](const CallContext& ctx) { return round(ctx); }} {}

Task<Next> Reconciler::round(const CallContext& ctx) {
    auto unsettled = co_await payments_.count_unsettled(ctx);
    if (!unsettled) {
        report(ctx, unsettled.error());
        co_return Next::rest;
    }
    observe(*unsettled);
    const bool some_due = unsettled->oldest && clock_.now() - *unsettled->oldest >= after_;
    if (!some_due) co_return Next::rest;
    auto asked = co_await ask_about_due(ctx);
    if (!asked) report(ctx, asked.error());
    // A round that claimed nothing has more to do only later, however many payments were due.
    co_return asked && *asked == kRoundMax ? Next::at_once : Next::rest;
}

Task<Result<std::int32_t>> Reconciler::ask_about_due(const CallContext& ctx) {
    const auto now = clock_.now();
    auto due = co_await payments_.find_due(ctx, now, now - after_, kRoundMax);
    if (!due) co_return std::move(due).error();
    std::size_t next = 0;
    std::vector<Task<Result<std::int32_t>>> asking;
    for (std::size_t i = 0; i < std::min(kQuestionsAtOnce, due->size()); ++i) asking.push_back(ask_in_turn(ctx, *due, next));
    const auto counts = co_await all(std::move(asking));
    std::int32_t asked = 0;
    for (const auto& count : counts) {
        if (!count) co_return count.error();
        asked += *count;
    }
    co_return asked;
}

Task<Result<std::int32_t>> Reconciler::ask_in_turn(const CallContext& ctx, std::vector<Payment>& due, std::size_t& next) {
    std::int32_t asked = 0;
    while (next < due.size()) {
        if (ctx.over()) co_return *ctx.over();
        auto payment = std::move(due[next++]);
        auto claimed = co_await payments_.claim(ctx, payment, clock_.now() + pause_after(payment.reconcile_attempts));
        // Another replica asks about this one, or it has been settled meanwhile.
        if (!claimed && is_contended(claimed.error())) continue;
        if (!claimed) co_return std::move(claimed).error();
        ++asked;
        co_await ask_about(ctx, std::move(payment));
    }
    co_return asked;
}

Task<void> Reconciler::ask_about(const CallContext& ctx, Payment payment) {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kQuestionTimeMax), &ctx.scope()};
    const auto limited = ctx.with_scope(scope).with_trace({});
    const auto span = telemetry_.tracer.start(limited, "payment.reconcile", telemetry::SpanKind::internal);
    auto settled = co_await settlement_.settle(span.context(), payment);
    const auto outcome = outcome_of(payment, settled);
    telemetry_.meter.counter(kPaymentsReconciled, {{"shop.payment.outcome", outcome}}).add();
    if (!settled) co_return report(span.context(), settled.error());
    if (settled->version == payment.version) co_return;
    telemetry_.log.info(span.context(), "payment.reconciled",
                        {{"shop.payment.id", payment.id.to_string()}, {"shop.payment.outcome", outcome}},
                        "the provider was asked about a payment whose outcome was not known: it is " + outcome);
}

void Reconciler::observe(const Unsettled& unsettled) {
    using Seconds = std::chrono::duration<double>;
    unsettled_.set(static_cast<double>(unsettled.payments));
    const auto age = unsettled.oldest ? Seconds{clock_.now() - *unsettled.oldest} : Seconds{0};
    unsettled_age_.set(std::max(0.0, age.count()));
}

void Reconciler::report(const CallContext& ctx, const Error& error) {
    if (ctx.over() && ctx.over()->code() == Code::cancelled) return;
    telemetry_.log.warn(ctx, "payment.reconcile_failed", {{"error.type", error.reason()}},
                        "payments whose outcome is not known stay so until the next question");
}

std::chrono::milliseconds Reconciler::pause_after(std::int32_t attempts) const {
    constexpr std::int32_t kDoublingsMax = 12;
    const auto pause = after_ * (1 << std::min(attempts, kDoublingsMax));
    return std::min<std::chrono::milliseconds>(pause, kPauseMax);
}

}  // namespace tw::payment
