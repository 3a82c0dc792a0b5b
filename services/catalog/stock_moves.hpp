#pragma once

#include "kit/sql/statement.hpp"

namespace tw::catalog {

/// Adds `$2` to the stock of the product `$1` that is on hand, and `$3` to the part of it that is
/// reserved. The constraint stock_reserved_check refuses what would oversell, so the row need not
/// be read before. Every product has a row of stock from its creation on, and rows of stock are
/// never deleted.
inline constexpr sql::Statement kMoveStock{
    .summary = "UPDATE stock",
    .text = "UPDATE stock SET on_hand = on_hand + $2, reserved = reserved + $3 WHERE product_id = $1",
    .row_of = "stock",
    .adds = true};

/// The constraint of the table that refuses a move. The reserved part must be at least 0, and at
/// most what is on hand.
inline constexpr std::string_view kStockCheck = "stock_reserved_check";

}  // namespace tw::catalog
