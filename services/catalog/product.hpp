#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::catalog {

/// What a shop calls a product: lower-case letters, digits and single hyphens, such as "prod-123".
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

struct ProductTransition {
    ProductStatus from;
    ProductStatus to;
};

/// Every change of status that a product may make. What was sold once keeps its name: an archived product stays as it is.
inline constexpr std::array kProductTransitions{
    ProductTransition{ProductStatus::draft, ProductStatus::active},
    ProductTransition{ProductStatus::active, ProductStatus::archived},
};

constexpr bool may_become(ProductStatus from, ProductStatus to) {
    for (const auto& transition : kProductTransitions) {
        if (transition.from == from && transition.to == to) return true;
    }
    return false;
}

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

/// What is to be different; what is absent stays.
struct ProductChanges {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<Money> price;
    std::optional<ProductStatus> status;
};

/// The product as it is after `changes`; nothing where its status may not become that of the changes.
std::optional<Product> changed(Product product, const ProductChanges& changes, Timestamp now);

}  // namespace tw::catalog
