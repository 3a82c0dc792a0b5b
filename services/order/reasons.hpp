#pragma once

#include <string_view>

/// Reasons of errors of the order service. services/mapping/reasons.hpp has those that it passes on
/// from the services that it asks. ORDER_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kAmountTooLarge = "AMOUNT_TOO_LARGE";
inline constexpr std::string_view kCurrencyMixed = "CURRENCY_MIXED";
/// An operator has canceled the flow that was paying the order.
inline constexpr std::string_view kFlowCanceled = "FLOW_CANCELED";
inline constexpr std::string_view kOrderPaid = "ORDER_PAID";
inline constexpr std::string_view kPaymentCaptured = "PAYMENT_CAPTURED";
inline constexpr std::string_view kPaymentDeclined = "PAYMENT_DECLINED";
inline constexpr std::string_view kPaymentInProgress = "PAYMENT_IN_PROGRESS";
inline constexpr std::string_view kUserNotActive = "USER_NOT_ACTIVE";

}  // namespace tw::reason
