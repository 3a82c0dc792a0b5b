#include "services/payment/settlement.hpp"

#include "services/mapping/contention.hpp"
#include "services/payment/capture_refusals.hpp"
#include "services/payment/reasons.hpp"

#include <utility>

namespace tw::payment {
namespace {

/// Marks the error of a step after the provider answered. The provider has acted, although its
/// answer could not be stored.
Error after_answer(Error error) { return std::move(error).with_outcome_open(true); }

Error provider_unknown(const Error& error) {
    return Error{Code::unavailable, reason::kProviderUnknown, "the payment provider did not answer; try again"}
        .with_cause(error.reason())
        .with_outcome_open(true);
}

Error payment_taken_again() {
    return Error{Code::already_exists, reason::kPaymentExists, "the payment was submitted with another token meanwhile"};
}

Money amount_asked_for(const Payment& payment) {
    return payment.status == Status::processing ? payment.amount : payment.capturable;
}

/// Returns what the provider's answer means for a payment that was asked about.
Event event_of(const Payment& payment, const ProviderAnswer& answer) {
    const bool processing = payment.status == Status::processing;
    if (answer.decline_code) return processing ? Event::decline : Event::refuse;
    if (answer.amount && *answer.amount != amount_asked_for(payment)) return Event::conflict;
    if (processing) return payment.capture_method == CaptureMethod::automatic ? Event::charge : Event::authorize;
    return payment.status == Status::capturing ? Event::captured : Event::voided;
}

}  // namespace

Task<Result<Payment>> Settlement::authorize(const CallContext& ctx, Payment payment, std::string token) {
    // After kNotReceivedAfter the reconciler decides that the provider was never asked. So nobody
    // may ask for the first time then. The time in between is long enough for calls that are under
    // way, and for clocks that differ.
    if (clock_.now() - payment.updated_at >= kAuthorizeWithin) co_return payment;
    Charge wanted{.payment_id = payment.id,
                  .key = provider_key(payment),
                  .token = std::move(token),
                  .amount = payment.amount,
                  .capture = payment.capture_method == CaptureMethod::automatic};
    auto answer = co_await provider_.authorize(ctx, std::move(wanted));
    if (answer) co_return co_await store_answer(ctx, std::move(payment), *std::move(answer));
    // Nobody knows what the provider did, so the payment stays as it is until the reconciler has
    // found out.
    telemetry_.log.warn(ctx, "payment.provider_timeout",
                        {{"shop.payment.id", payment.id.to_string()}, {"error.type", answer.error().reason()}},
                        "the payment provider did not answer: the payment is processing until the provider was asked again");
    co_return payment;
}

Task<Result<Payment>> Settlement::carry_out(const CallContext& ctx, Payment payment) {
    Authorization wanted{
        .payment_id = payment.id, .key = provider_key(payment), .reference = payment.provider_ref, .amount = payment.capturable};
    auto asking = payment.status == Status::capturing ? provider_.capture(ctx, std::move(wanted))
                                                      : provider_.void_authorization(ctx, std::move(wanted));
    auto answer = co_await std::move(asking);
    if (!answer) co_return provider_unknown(answer.error());
    co_return co_await store_answer(ctx, std::move(payment), *std::move(answer));
}

Task<Result<Payment>> Settlement::settle(const CallContext& ctx, Payment payment) {
    if (is_under_way(payment.status)) return carry_out(ctx, std::move(payment));
    return find_charge(ctx, std::move(payment));
}

Task<Result<Payment>> Settlement::find_charge(const CallContext& ctx, Payment payment) {
    auto found = co_await provider_.find(ctx, provider_key(payment));
    if (!found) co_return provider_unknown(found.error());
    if (found->has_value()) co_return co_await store_answer(ctx, std::move(payment), **std::move(found));
    // The question may still be on its way to the provider.
    if (clock_.now() - payment.updated_at < kNotReceivedAfter) co_return payment;
    // The provider was never asked. It is safe to say so, because nobody asks it any more: calls
    // with the same token have not asked since kAuthorizeWithin, and after this change the payment
    // is no longer processing. A process that was stopped for all this time between its decision to
    // ask and the question may still ask. It then meets this change when it stores the answer, and
    // the payment becomes `conflicted` (see read_stored).
    ProviderAnswer never{.reference = "", .decline_code = std::string{kNotReceived}};
    co_return co_await store_answer(ctx, std::move(payment), std::move(never));
}

Task<Result<Payment>> Settlement::store_answer(const CallContext& ctx, Payment payment, ProviderAnswer answer) {
    const auto event = event_of(payment, answer);
    auto decided = after(payment, event, clock_.now());
    if (!decided) co_return after_answer(std::move(decided).error());
    if (!answer.reference.empty()) decided->provider_ref = answer.reference;
    decided->last_error = answer.decline_code.value_or("");
    if (event == Event::refuse && payment.status == Status::capturing) {
        decided->capture_refusals = with_refusal(std::move(decided->capture_refusals), payment.capture_key, decided->last_error);
    }
    auto stored = co_await apply(ctx, *decided, event);
    if (stored) co_return decided;
    if (!is_contended(stored.error())) co_return after_answer(std::move(stored).error());
    co_return co_await read_stored(ctx, std::move(payment), event);
}

Task<Result<Payment>> Settlement::read_stored(const CallContext& ctx, Payment asked, Event event) {
    auto written = co_await payments_.find(ctx, asked.id);
    if (!written) co_return after_answer(std::move(written).error());
    const bool agreed = event == Event::authorize || event == Event::charge || event == Event::conflict;
    const bool same_token = written->token_hash == asked.token_hash;
    if (!agreed || (same_token && written->last_error != kNotReceived)) co_return written;

    // The provider has the money of a charge of which the reconciler said that the provider was
    // never asked (see find_charge).
    auto conflicted = same_token ? after(*written, Event::conflict, clock_.now()) : Result<Payment>{payment_taken_again()};
    if (conflicted) {
        auto stored = co_await apply(ctx, *conflicted, Event::conflict);
        if (!stored) conflicted = std::move(stored).error();
    }
    if (conflicted) co_return conflicted;
    telemetry_.log.error(ctx, "payment.conflict_not_stored",
                         {{"shop.payment.id", asked.id.to_string()}, {"error.type", conflicted.error().reason()}},
                         "the provider has charged a payment late, and the payment does not show it");
    co_return after_answer(std::move(conflicted).error());
}

Task<Result<void>> Settlement::apply(const CallContext& ctx, const Payment& decided, Event event) {
    auto stored = co_await payments_.update(ctx, decided);
    if (stored) count(decided, event);
    if (stored && event == Event::conflict) {
        telemetry_.log.error(ctx, "payment.conflicted", {{"shop.payment.id", decided.id.to_string()}},
                             "the provider reports another amount than was asked for: people have to look at the payment");
    }
    co_return stored;
}

void Settlement::count(const Payment& decided, Event event) {
    if (event == Event::authorize || event == Event::charge) authorized_.add();
    if (event == Event::conflict) conflicted_.add();
    // Refusals are rare, so their series are looked up each time.
    if (event == Event::decline) telemetry_.meter.counter(kPaymentsDeclined, {{"error.type", decided.last_error}}).add();
}

}  // namespace tw::payment
