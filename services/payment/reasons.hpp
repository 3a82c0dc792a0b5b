#pragma once

#include "services/mapping/reasons.hpp"

#include <string_view>

/// Reasons of errors of the payment service. PAYMENT_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kOrderHasPayment = "ORDER_HAS_PAYMENT";
inline constexpr std::string_view kPaymentExists = "PAYMENT_EXISTS";
inline constexpr std::string_view kPaymentProcessing = "PAYMENT_PROCESSING";
inline constexpr std::string_view kProviderUnknown = "PROVIDER_UNKNOWN";

// The store tells the service with these which constraint refused a write. Callers never see them.
inline constexpr std::string_view kAttemptExists = "ATTEMPT_EXISTS";
inline constexpr std::string_view kOrderCharged = "ORDER_CHARGED";

}  // namespace tw::reason
