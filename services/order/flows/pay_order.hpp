#pragma once

#include "kit/base/money.hpp"
#include "kit/durable/codec.hpp"
#include "services/order/flows/flow_parts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::order {

/// The kind of the flow that pays an order.
inline constexpr std::string_view kPayOrder = "order.pay";

/// One attempt to pay an order with a token.
struct Payment {
    OrderId order_id;
    UserId user_id;
    Money amount;
    std::int32_t attempt = 1;
    Capture capture = Capture::automatic;
    /// When the customer asked for it.
    Timestamp started_at;
    std::string token;
};

/// What became of the attempt. An empty reason means that the order is confirmed; otherwise nothing
/// is charged, and `reason` and `detail` say why, as in an Error.
struct PaymentOutcome {
    std::string reason;
    std::string detail;
};

/// Returns the id of the flow that pays the order with the token. Each token is tried once for an
/// order, so the same token is the same flow. The token cannot be read from it.
std::string pay_flow_id(OrderId id, std::string_view token);

/// Pays the order: makes a payment, commits the stock, confirms the order, and captures the payment
/// unless that is left to the fulfilment. If the stock was sold meanwhile, or the order is being
/// canceled, it voids the payment. An outcome that the payment service does not know is waited for.
Task<Result<PaymentOutcome>> pay_order(durable::Flow& flow, FlowParts& parts, Payment attempt);

/// Ends an attempt whose flow an operator has canceled. If the attempt has the order still, it
/// cancels the payment, also one that a late call would make, and lets the order show that its
/// payment has failed; a payment that is captured already counts.
Task<Result<PaymentOutcome>> cancel_payment_attempt(durable::Flow& flow, FlowParts& parts, Payment attempt);

}  // namespace tw::order

template <>
struct tw::durable::Codec<tw::order::Payment> {
    static std::string encode(const tw::order::Payment& payment);
    static tw::order::Payment decode(std::string_view text);
};

template <>
struct tw::durable::Codec<tw::order::PaymentOutcome> {
    static std::string encode(const tw::order::PaymentOutcome& outcome) {
        return outcome.reason.empty() ? std::string{} : outcome.reason + "\n" + outcome.detail;
    }
    static tw::order::PaymentOutcome decode(std::string_view text) {
        const auto end = text.find('\n');
        if (end == text.npos) return {.reason = std::string{text}, .detail = {}};
        return {.reason = std::string{text.substr(0, end)}, .detail = std::string{text.substr(end + 1)}};
    }
};
