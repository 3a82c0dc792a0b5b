#pragma once

#include "services/catalog/product.hpp"

#include <vector>

namespace tw::catalog {

/// What a newcomer finds in an empty shop: some twenty products with stock, among them prod-123.
std::vector<Product> demo_products(Timestamp now);

}  // namespace tw::catalog
