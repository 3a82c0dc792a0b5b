#pragma once

#include "kit/base/random.hpp"
#include "services/catalog/product.hpp"
#include "services/catalog/stock_movement.hpp"

#include <vector>

namespace tw::catalog {

/// Returns the products that an empty shop starts with in the profile dev: twenty, all with stock,
/// among them prod-123.
std::vector<Product> demo_products(Timestamp now);

/// Returns the lines of the journal that say where the stock of new products comes from.
std::vector<StockMovement> first_deliveries(const std::vector<Product>& products, Random& random, Timestamp now);

}  // namespace tw::catalog
