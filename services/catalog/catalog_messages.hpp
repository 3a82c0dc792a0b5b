#pragma once

#include "kit/base/result.hpp"
#include "proto/catalog.tw.hpp"
#include "services/catalog/product.hpp"
#include "services/catalog/reservation.hpp"
#include "services/catalog/stock_movement.hpp"

namespace tw::catalog {

// These functions convert between the contract's messages and the domain.

::catalog::Product to_proto(const Product& product);
::catalog::Reservation to_proto(const Reservation& reservation);
::catalog::StockMovement to_proto(const StockMovement& movement);

/// Returns the product that a request describes, without stock. Fails with INVALID_FIELD and names
/// all wrong fields.
Result<Product> read_product(const ::catalog::CreateProductRequest& request, Timestamp now);
Result<ProductChanges> read_changes(const ::catalog::UpdateProductRequest& request);
std::vector<LineRequest> read_lines(const ::catalog::ReserveRequest& request);

}  // namespace tw::catalog
