#pragma once

#include <string_view>

/// Reasons of errors of the order service. services/mapping/reasons.hpp has those that it passes on
/// from the services that it asks. ORDER_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kAmountTooLarge = "AMOUNT_TOO_LARGE";
inline constexpr std::string_view kCurrencyMixed = "CURRENCY_MIXED";
inline constexpr std::string_view kUserNotActive = "USER_NOT_ACTIVE";

}  // namespace tw::reason
