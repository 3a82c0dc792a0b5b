#pragma once

#include <string_view>

/// Reasons of errors that more than one service makes or compares. A service's own are in its
/// reasons.hpp, and VERSION_MISMATCH is in kit/base/reasons.hpp, since HTTP has a status for it.
namespace tw::reason {

inline constexpr std::string_view kCardNumberRefused = "CARD_NUMBER_REFUSED";
inline constexpr std::string_view kContended = "CONTENDED";
inline constexpr std::string_view kIllegalTransition = "ILLEGAL_TRANSITION";

// These belong to the contracts of the user service and the catalogue. The order service asks both,
// and answers its own callers with the same reasons.
inline constexpr std::string_view kOutOfStock = "OUT_OF_STOCK";
inline constexpr std::string_view kProductNotFound = "PRODUCT_NOT_FOUND";
inline constexpr std::string_view kUserNotFound = "USER_NOT_FOUND";

}  // namespace tw::reason
