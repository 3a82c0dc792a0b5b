#pragma once

#include "kit/sql/statement.hpp"

namespace tw::catalog {

/// Adds `$2` to what is there of the product `$1`, and `$3` to what is held of it. The constraint stock_reserved_check refuses
/// what would oversell, so that the row need not be looked at before. Every product has a row of stock from its creation on, and
/// rows of stock are never deleted.
inline constexpr sql::Statement kMoveStock{
    .summary = "UPDATE stock",
    .text = "UPDATE stock SET on_hand = on_hand + $2, reserved = reserved + $3 WHERE product_id = $1",
    .row_of = "stock",
    .adds = true};

/// The constraint of the table that refuses a move: less would be there than is held, or less than nothing be held.
inline constexpr std::string_view kStockCheck = "stock_reserved_check";

}  // namespace tw::catalog
