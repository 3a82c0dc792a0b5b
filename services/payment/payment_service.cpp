#include "services/payment/payment_service.hpp"

#include "services/mapping/contention.hpp"
#include "services/mapping/money.hpp"
#include "services/payment/reasons.hpp"

namespace tw::payment {
namespace {

::payment::Payment to_proto(const Payment& payment) {
    ::payment::Payment message;
    message.set_id(payment.id.to_string());
    message.set_order_id(payment.order_id.to_string());
    message.set_user_id(payment.user_id.to_string());
    *message.mutable_amount() = tw::to_proto(payment.amount);
    *message.mutable_capturable() = tw::to_proto(payment.capturable);
    *message.mutable_captured() = tw::to_proto(payment.captured);
    *message.mutable_refunded() = tw::to_proto(payment.refunded);
    message.set_status(std::string{status_name(payment.status)});
    message.set_capture_method(std::string{capture_method_name(payment.capture_method)});
    message.set_last_error(payment.last_error);
    message.set_attempt(payment.attempt);
    message.set_created_at(payment.created_at.to_string());
    message.set_updated_at(payment.updated_at.to_string());
    message.set_version(payment.version);
    return message;
}

/// Returns the payment that a request describes. It has not been submitted yet.
Result<Payment> payment_of_request(const ::payment::CreatePaymentRequest& request, PaymentId id, Timestamp now) {
    for (const auto& [pointer, text] :
         {std::pair{"/payment_token", &request.payment_token()}, std::pair{"/capture_method", &request.capture_method()}}) {
        if (!has_card_number(*text)) continue;
        return Error{Code::invalid_argument, reason::kCardNumberRefused, "card numbers are for the provider only; send its token"}
            .with_violation(pointer, "looks like a card number");
    }

    std::vector<Violation> violations;
    const auto order_id = OrderId::parse(request.order_id());
    if (!order_id) violations.push_back({"/order_id", "must be a UUID"});
    const auto user_id = UserId::parse(request.user_id());
    if (!user_id) violations.push_back({"/user_id", "must be a UUID"});
    const auto amount = read_amount(request.amount(), "/amount");
    if (!amount) violations.insert(violations.end(), amount.error().violations().begin(), amount.error().violations().end());
    const auto method =
        request.capture_method().empty() ? CaptureMethod::automatic : parse_capture_method(request.capture_method());
    if (!method) violations.push_back({"/capture_method", "must be automatic or manual"});
    if (!violations.empty()) return invalid(std::move(violations));

    const Money nothing{0, amount->currency()};
    return Payment{.id = id,
                   .order_id = *order_id,
                   .attempt = request.attempt() == 0 ? 1 : request.attempt(),
                   .user_id = *user_id,
                   .amount = *amount,
                   .capturable = nothing,
                   .captured = nothing,
                   .refunded = nothing,
                   .capture_method = *method,
                   .created_at = now,
                   .updated_at = now};
}

Error other_payment() {
    return Error{Code::already_exists, reason::kPaymentExists, "this attempt of the order is another payment"};
}

Error other_token() {
    return Error{Code::already_exists, reason::kPaymentExists,
                 "this attempt of the order is made with another token, or canceled"};
}

Error order_has_payment() {
    return Error{Code::already_exists, reason::kOrderHasPayment,
                 "another attempt to pay the order is under way, or has succeeded"};
}

/// Marks the error of a step after the provider answered. The provider has charged or declined,
/// although the answer could not be stored.
Error after_charge(Error error) { return std::move(error).with_outcome_open(true); }

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
    wanted->version = 1;

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
    auto stored = co_await payments_.insert(ctx, wanted, provider_.name());
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
    if (payment.status == Status::processing && same_token) co_return co_await charge(ctx, payment, token);
    // The call was made before. Its repetition returns the outcome.
    if (same_token) co_return payment;
    if (payment.status != Status::requires_confirmation) co_return other_token();

    auto next = submitted(payment, token, clock_.now());
    if (!next) co_return std::move(next).error();
    auto stored = co_await payments_.update(ctx, *next);
    if (stored) co_return co_await charge(ctx, std::move(*next), token);
    if (stored.error().reason() == reason::kOrderCharged) co_return order_has_payment();
    if (is_contended(stored.error())) {
        // Another call for this attempt was quicker. The next try goes by what that call wrote.
        auto found = co_await payments_.find(ctx, payment.id);
        if (!found) co_return std::move(found).error();
        payment = std::move(*found);
    }
    co_return std::move(stored).error();
}

Task<Result<Payment>> PaymentService::charge(const CallContext& ctx, Payment payment, std::string token) {
    const bool capture = payment.capture_method == CaptureMethod::automatic;
    Charge wanted{.payment_id = payment.id,
                  .key = provider_key(payment),
                  .token = std::move(token),
                  .amount = payment.amount,
                  .capture = capture};
    auto answer = co_await provider_.charge(ctx, std::move(wanted));
    if (!answer) {
        // Nobody knows what the provider did. The payment stays as it is, and the provider will
        // tell when it is asked again with the same key.
        telemetry_.log.warn(ctx, "payment.provider_silent",
                            {{"shop.payment.id", payment.id.to_string()}, {"error.type", answer.error().reason()}},
                            "the payment provider gave no answer: the payment stays as it is until it is asked again");
        co_return payment;
    }

    const auto event = answer->decline_code ? Event::decline : capture ? Event::charge : Event::authorize;
    auto decided = after(payment, event, clock_.now());
    if (!decided) co_return after_charge(std::move(decided).error());
    decided->provider_ref = answer->reference;
    decided->last_error = answer->decline_code.value_or("");
    auto stored = co_await payments_.update(ctx, *decided);
    if (stored) {
        count(*answer);
        co_return decided;
    }
    if (!is_contended(stored.error())) co_return after_charge(std::move(stored).error());
    // Two calls for this attempt came at the same time, and the other one has stored the same
    // answer.
    auto written = co_await payments_.find(ctx, payment.id);
    if (!written) co_return after_charge(std::move(written).error());
    co_return written;
}

void PaymentService::count(const ProviderAnswer& answer) {
    // Refusals are rare, so their series are looked up each time.
    if (answer.decline_code) return telemetry_.meter.counter(kPaymentsDeclined, {{"error.type", *answer.decline_code}}).add();
    authorized_.add();
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
