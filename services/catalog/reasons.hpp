#pragma once

#include <string_view>

/// Reasons of errors of the catalogue. services/mapping/reasons.hpp has those that the order
/// service compares too. RESERVATION_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kProductExists = "PRODUCT_EXISTS";
inline constexpr std::string_view kReservationClosed = "RESERVATION_CLOSED";
inline constexpr std::string_view kReservationDiffers = "RESERVATION_DIFFERS";
inline constexpr std::string_view kReservationExists = "RESERVATION_EXISTS";
inline constexpr std::string_view kStockDamaged = "STOCK_DAMAGED";

}  // namespace tw::reason
