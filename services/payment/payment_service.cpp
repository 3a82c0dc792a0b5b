#include "services/payment/payment_service.hpp"

#include "services/mapping/contention.hpp"
#include "services/mapping/page.hpp"
#include "services/payment/capture_refusals.hpp"
#include "services/payment/payment_messages.hpp"
#include "services/payment/reasons.hpp"

#include <utility>

namespace tw::payment {
namespace {

Error other_payment() {
    return Error{Code::already_exists, reason::kPaymentExists, "this attempt of the order is a payment with other data"};
}

Error other_token() {
    return Error{Code::already_exists, reason::kPaymentExists,
                 "this attempt of the order was made with another token, or was canceled"};
}

Error order_has_payment() {
    return Error{Code::already_exists, reason::kOrderHasPayment,
                 "another attempt to pay the order is under way, or has succeeded"};
}

Error payment_processing() {
    return Error{Code::aborted, reason::kPaymentProcessing, "it is not known yet whether the payment is authorised; try again"};
}

/// Returns the payment as it is stored before the provider is asked.
Result<Payment> submitted(Payment payment, std::string_view token, Timestamp now) {
    payment.token_hash = token_hash(token);
    payment.last_error.clear();
    return after(std::move(payment), Event::submit, now);
}

}  // namespace

Task<Result<::payment::Payment>> PaymentService::create_payment(const CallContext& ctx,
                                                                const ::payment::CreatePaymentRequest& request) {
    const auto now = clock_.now();
    auto wanted = payment_of_request(request, PaymentId{random_.uuid_v7(now)}, now);
    // The payment is stored before the provider is asked, so that a crash in between loses no
    // payment.
    if (wanted && !request.payment_token().empty()) wanted = submitted(std::move(*wanted), request.payment_token(), now);
    if (!wanted) co_return std::move(wanted).error();
    // It is stored by one write, so this is its first version.
    wanted->version = 1;
    wanted->updated_at = now;

    auto payment = co_await insert_once(ctx, std::move(*wanted));
    if (payment && !request.payment_token().empty()) {
        payment = co_await submit(ctx, std::move(*payment), request.payment_token());
    }
    if (!payment) co_return std::move(payment).error();
    co_return to_proto(*payment);
}

Task<Result<Payment>> PaymentService::insert_once(const CallContext& ctx, Payment wanted) {
    if (!is_charging(wanted.status)) {
        // The payment would never be confirmed if another one charges the order. The database does
        // not refuse it, since its constraint is only about payments that charge.
        auto charging = co_await payments_.find_charging(ctx, wanted.order_id);
        if (!charging) co_return std::move(charging).error();
        if (charging->has_value() && (*charging)->attempt != wanted.attempt) {
            auto found = co_await find_same(ctx, wanted);
            if (!found) co_return std::move(found).error();
            if (!found->has_value()) co_return order_has_payment();
            co_return std::move(**found);
        }
    }
    auto stored = co_await payments_.insert(ctx, wanted, provider_name_);
    if (stored) co_return wanted;
    const bool there = stored.error().reason() == reason::kAttemptExists;
    if (!there && stored.error().reason() != reason::kOrderCharged) co_return std::move(stored).error();

    auto found = co_await find_same(ctx, wanted);
    if (!found) co_return std::move(found).error();
    if (!found->has_value())
        co_return there ? internal("a payment that exists cannot be found by its attempt") : order_has_payment();
    co_return std::move(**found);
}

Task<Result<std::optional<Payment>>> PaymentService::find_same(const CallContext& ctx, const Payment& wanted) {
    auto found = co_await payments_.find_attempt(ctx, wanted.order_id, wanted.attempt);
    if (found && found->has_value() && !same_attempt(**found, wanted)) co_return other_payment();
    co_return found;
}

Task<Result<Payment>> PaymentService::submit(const CallContext& ctx, Payment payment, std::string token) {
    auto submitting = retry_contended([&] { return try_submit(ctx, payment, token); });
    co_return co_await std::move(submitting);
}

Task<Result<Payment>> PaymentService::try_submit(const CallContext& ctx, Payment& payment, const std::string& token) {
    const auto hash = token_hash(token);
    // A payment that was stored before hashes were has none. It was charged by a token all the
    // same.
    const bool same_token = payment.token_hash == hash || (payment.token_hash.empty() && is_charging(payment.status));
    if (payment.status == Status::processing && same_token) co_return co_await settlement_.authorize(ctx, payment, token);
    // The call was made before. Its repetition returns the outcome.
    if (same_token) co_return payment;
    if (payment.status != Status::requires_confirmation) co_return other_token();

    auto next = submitted(payment, token, clock_.now());
    if (!next) co_return std::move(next).error();
    auto stored = co_await payments_.update(ctx, *next);
    if (stored) co_return co_await settlement_.authorize(ctx, std::move(*next), token);
    if (stored.error().reason() == reason::kOrderCharged) co_return order_has_payment();
    if (is_contended(stored.error())) {
        // Another call for this attempt was quicker. The next try goes by what that call wrote.
        auto found = co_await payments_.find(ctx, payment.id);
        if (!found) co_return std::move(found).error();
        payment = std::move(*found);
    }
    co_return std::move(stored).error();
}

Task<Result<::payment::Payment>> PaymentService::confirm_payment(const CallContext& ctx,
                                                                 const ::payment::ConfirmPaymentRequest& request) {
    if (auto refusal = refuse_card_numbers({{"/payment_token", request.payment_token()}})) co_return std::move(*refusal);
    const auto id = PaymentId::parse(request.id());
    if (!id) co_return not_found("payment", request.id());
    auto payment = co_await payments_.find(ctx, *id);
    if (payment) payment = co_await submit(ctx, std::move(*payment), request.payment_token());
    if (!payment) co_return std::move(payment).error();
    co_return to_proto(*payment);
}

Task<Result<::payment::Payment>> PaymentService::capture_payment(const CallContext& ctx,
                                                                 const ::payment::CapturePaymentRequest& request) {
    Wanted wanted{.event = Event::capture, .under_way = Status::capturing, .done = Status::succeeded, .reason = {}};
    wanted.key = capture_key(ctx);
    co_return co_await conclude(ctx, request.id(), std::move(wanted));
}

Task<Result<::payment::Payment>> PaymentService::cancel_payment(const CallContext& ctx,
                                                                const ::payment::CancelPaymentRequest& request) {
    if (auto refusal = refuse_card_numbers({{"/reason", request.reason()}})) co_return std::move(*refusal);
    Wanted wanted{.event = Event::cancel, .under_way = Status::voiding, .done = Status::canceled, .reason = request.reason()};
    co_return co_await conclude(ctx, request.id(), std::move(wanted));
}

Task<Result<::payment::Payment>> PaymentService::conclude(const CallContext& ctx, const std::string& id, Wanted wanted) {
    const auto payment_id = PaymentId::parse(id);
    if (!payment_id) co_return not_found("payment", id);
    auto concluding = retry_contended([&] { return try_conclude(ctx, *payment_id, wanted); });
    auto payment = co_await std::move(concluding);
    if (!payment) co_return std::move(payment).error();
    co_return to_proto(*payment);
}

Task<Result<Payment>> PaymentService::try_conclude(const CallContext& ctx, PaymentId id, const Wanted& wanted) {
    auto payment = co_await payments_.find(ctx, id);
    if (!payment) co_return std::move(payment).error();
    // What is under way is settled first, whether it is what the caller wants or what excludes it.
    const bool same_call = wanted.event == Event::cancel || payment->capture_key == wanted.key;
    const bool resumed = same_call && payment->status == wanted.under_way;
    if (is_under_way(payment->status)) payment = co_await settlement_.carry_out(ctx, std::move(*payment));
    if (!payment) co_return std::move(payment).error();
    // Another call has stored the answer, and asks the provider for the next thing already.
    if (is_under_way(payment->status)) co_return contended();
    if (payment->status == wanted.done) co_return payment;
    if (auto refusal = find_refusal(payment->capture_refusals, wanted.key)) {
        payment->last_error = *std::move(refusal);
        co_return payment;
    }
    if (resumed && payment->status == Status::requires_capture) co_return payment;
    if (payment->status == Status::processing) co_return payment_processing();

    auto next = after(std::move(*payment), wanted.event, clock_.now());
    if (!next) co_return std::move(next).error();
    next->cancel_reason = wanted.reason;
    if (wanted.event == Event::capture) next->capture_key = wanted.key;
    if (is_under_way(next->status)) next->last_error.clear();
    auto stored = co_await payments_.update(ctx, *next);
    if (!stored) co_return std::move(stored).error();
    // The provider knows nothing of a payment that was not authorised.
    if (!is_under_way(next->status)) co_return next;
    co_return co_await settlement_.carry_out(ctx, std::move(*next));
}

Task<Result<::payment::ListPaymentsResponse>> PaymentService::list_payments(const CallContext& ctx,
                                                                            const ::payment::ListPaymentsRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token(), request.newest_first());
    if (!page) co_return std::move(page).error();
    const auto status = parse_status(request.status());
    const auto order_id = OrderId::parse(request.order_id());

    ::payment::ListPaymentsResponse response;
    // A malformed id is not the id of an order, so there are no payments.
    if (!order_id && !request.order_id().empty()) co_return response;
    auto payments = co_await payments_.list(ctx, std::move(*page), order_id, status);
    if (!payments) co_return std::move(payments).error();
    for (const auto& payment : payments->items) *response.add_payments() = to_proto(payment);
    if (payments->next) response.set_next_page_token(page_token(*payments->next));
    co_return response;
}

Task<Result<::payment::Payment>> PaymentService::get_payment(const CallContext& ctx,
                                                             const ::payment::GetPaymentRequest& request) {
    const auto id = PaymentId::parse(request.id());
    if (!id) co_return not_found("payment", request.id());
    auto payment = co_await payments_.find(ctx, *id);
    if (!payment) co_return std::move(payment).error();
    co_return to_proto(*payment);
}

}  // namespace tw::payment
