#pragma once

#include <string_view>

/// Reasons of errors of the payment service. PAYMENT_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kCardNumberRefused = "CARD_NUMBER_REFUSED";
inline constexpr std::string_view kOrderHasPayment = "ORDER_HAS_PAYMENT";
inline constexpr std::string_view kPaymentExists = "PAYMENT_EXISTS";

// The store tells the service with these which constraint refused a write. Callers never see them.
inline constexpr std::string_view kAttemptExists = "ATTEMPT_EXISTS";
inline constexpr std::string_view kOrderCharged = "ORDER_CHARGED";

}  // namespace tw::reason
