#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"
#include "services/catalog/product.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::catalog {

/// Why the stock of a product changed: a merchant adjusted it, an order's stock was committed, or
/// the stock of a canceled order was put back.
enum class MovementKind : std::uint8_t { adjusted, sold, restocked };

std::string_view movement_kind_name(MovementKind kind);
std::optional<MovementKind> parse_movement_kind(std::string_view name);

/// One line of the journal of stock movements. It is stored in the unit that changes `on_hand` of
/// the product's stock by `delta`, so the lines of a product add up to its stock.
struct StockMovement {
    Uuid id;
    ProductId product_id;
    MovementKind kind = MovementKind::adjusted;
    std::int64_t delta = 0;
    std::string reason;
    /// The order that the stock was sold to or came back from. It is empty for an adjustment.
    std::string order_id;
    /// Who moved the stock.
    std::string actor;
    Timestamp created_at;
};

}  // namespace tw::catalog
