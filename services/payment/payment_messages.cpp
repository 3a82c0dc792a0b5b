#include "services/payment/payment_messages.hpp"

#include "services/mapping/card_number.hpp"
#include "services/mapping/money.hpp"
#include "services/payment/reasons.hpp"

#include <utility>
#include <vector>

namespace tw::payment {

::payment::Payment to_proto(const Payment& payment) {
    ::payment::Payment message;
    message.set_id(payment.id.to_string());
    message.set_order_id(payment.order_id.to_string());
    message.set_user_id(payment.user_id.to_string());
    *message.mutable_amount() = tw::to_proto(payment.amount);
    *message.mutable_capturable() = tw::to_proto(payment.capturable);
    *message.mutable_captured() = tw::to_proto(payment.captured);
    *message.mutable_refunded() = tw::to_proto(payment.refunded);
    message.set_status(std::string{status_name(public_status(payment.status))});
    message.set_capture_method(std::string{capture_method_name(payment.capture_method)});
    message.set_last_error(payment.last_error);
    message.set_attempt(payment.attempt);
    message.set_created_at(payment.created_at.to_string());
    message.set_updated_at(payment.updated_at.to_string());
    message.set_version(payment.version);
    message.set_cancel_reason(payment.cancel_reason);
    return message;
}

Result<Payment> payment_of_request(const ::payment::CreatePaymentRequest& request, PaymentId id, Timestamp now) {
    auto refusal =
        refuse_card_numbers({{"/payment_token", request.payment_token()}, {"/capture_method", request.capture_method()}});
    if (refusal) return std::move(*refusal);

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

std::optional<Error> refuse_card_numbers(std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
    for (const auto& [pointer, text] : texts) {
        if (!has_card_number(text)) continue;
        return Error{Code::invalid_argument, reason::kCardNumberRefused,
                     "card numbers are refused; send the token of the payment provider"}
            .with_violation(std::string{pointer}, "looks like a card number");
    }
    return std::nullopt;
}

}  // namespace tw::payment
