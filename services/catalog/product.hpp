#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"
#include "services/mapping/transitions.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::catalog {

/// A product's id, which the merchant chooses. It has lower-case letters, digits and single
/// hyphens, as "prod-123" has.
class ProductId {
 public:
    static std::optional<ProductId> parse(std::string_view text);

    const std::string& text() const { return text_; }
    auto operator<=>(const ProductId&) const = default;

 private:
    explicit ProductId(std::string_view text) : text_{text} {}
    std::string text_;
};

enum class ProductStatus : std::uint8_t { draft, active, archived };

std::string_view status_name(ProductStatus status);
std::optional<ProductStatus> parse_product_status(std::string_view name);

/// Every change of status that a product may make. An archived product is never for sale again.
inline constexpr std::array kProductTransitions{
    becomes(ProductStatus::draft, ProductStatus::active),
    becomes(ProductStatus::active, ProductStatus::archived),
};

constexpr bool may_become(ProductStatus from, ProductStatus to) { return find_next(kProductTransitions, from, to).has_value(); }

struct Stock {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t available() const { return on_hand - reserved; }
};

struct Product {
    ProductId id;
    std::string name;
    std::string description;
    Money price;
    ProductStatus status = ProductStatus::draft;
    Stock stock;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// The new values of a change. Fields that are absent stay as they are.
struct ProductChanges {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<Money> price;
    std::optional<ProductStatus> status;
};

/// Returns the product after `changes`, or nothing if its status may not become that of the
/// changes. Its version and time of change are new only if some value differs.
std::optional<Product> changed(Product product, const ProductChanges& changes, Timestamp now);

}  // namespace tw::catalog
