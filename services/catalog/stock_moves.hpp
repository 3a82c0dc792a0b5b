#pragma once

#include "kit/sql/statement.hpp"
#include "kit/sql/text.hpp"
#include "services/catalog/stock_movement.hpp"

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

/// The columns of the journal, which is the table stock_adjustments.
inline constexpr sql::Text kMovementColumns{"id, product_id, kind, delta, reason, order_id, actor, created_at"};

/// Adds a line to the journal of stock movements. It takes the columns in their order.
inline constexpr sql::Statement kInsertMovement{.summary = "INSERT stock_adjustments",
                                                .text = sql::insert<"stock_adjustments", kMovementColumns>};

/// Lists the journal of the product `$1` after the line `$2`, the oldest line first.
inline constexpr sql::Statement kListMovements{
    .summary = "SELECT stock_adjustments page",
    .text =
        sql::text<"SELECT ", kMovementColumns, " FROM stock_adjustments WHERE product_id = $1 AND id > $2 ORDER BY id LIMIT $3">};

/// Adds the line of the journal to the unit that moves the stock.
inline void add_movement(sql::Unit& unit, const StockMovement& movement) {
    unit.add(kInsertMovement, movement.id.to_string(), movement.product_id.text(), movement_kind_name(movement.kind),
             movement.delta, movement.reason, movement.order_id, movement.actor, movement.created_at);
}

/// The constraint of the table that refuses a move. The reserved part must be at least 0, and at
/// most what is on hand.
inline constexpr std::string_view kStockCheck = "stock_reserved_check";

}  // namespace tw::catalog
