#pragma once

#include "services/catalog/product.hpp"

#include <vector>

namespace tw::catalog {

/// Returns the products that an empty shop starts with in the profile dev: twenty, all with stock,
/// among them prod-123.
std::vector<Product> demo_products(Timestamp now);

}  // namespace tw::catalog
