#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "proto/catalog.tw.hpp"
#include "services/catalog/stock_reservations.hpp"

namespace tw::catalog {

/// Implements catalog.CatalogService of the contract. Each loop has its own instance.
class CatalogService final : public ::catalog::CatalogService {
 public:
    CatalogService(ProductStore& products, StockReservations& reservations, const Clock& clock, Random& random)
        : products_{products}, reservations_{reservations}, clock_{clock}, random_{random} {}

    Task<Result<::catalog::Product>> create_product(const CallContext& ctx,
                                                    const ::catalog::CreateProductRequest& request) override;
    Task<Result<::catalog::Product>> update_product(const CallContext& ctx,
                                                    const ::catalog::UpdateProductRequest& request) override;
    Task<Result<::catalog::Product>> get_product(const CallContext& ctx, const ::catalog::GetProductRequest& request) override;
    Task<Result<::catalog::BatchGetProductsResponse>> batch_get_products(
        const CallContext& ctx, const ::catalog::BatchGetProductsRequest& request) override;
    Task<Result<::catalog::ListProductsResponse>> list_products(const CallContext& ctx,
                                                                const ::catalog::ListProductsRequest& request) override;
    Task<Result<::catalog::Product>> adjust_stock(const CallContext& ctx, const ::catalog::AdjustStockRequest& request) override;
    Task<Result<::catalog::Reservation>> reserve(const CallContext& ctx, const ::catalog::ReserveRequest& request) override;
    Task<Result<::catalog::Reservation>> commit(const CallContext& ctx, const ::catalog::CommitRequest& request) override;
    Task<Result<::catalog::Reservation>> release(const CallContext& ctx, const ::catalog::ReleaseRequest& request) override;
    Task<Result<::catalog::Reservation>> restock(const CallContext& ctx, const ::catalog::RestockRequest& request) override;
    Task<Result<::catalog::ListStockMovementsResponse>> list_stock_movements(
        const CallContext& ctx, const ::catalog::ListStockMovementsRequest& request) override;

 private:
    /// Fails with NOT_FOUND if `id` names no product, whether or not it is a valid id.
    Task<Result<Product>> find(const CallContext& ctx, std::string id);
    /// Changes the product, unless others change it at the same time (CONTENDED).
    Task<Result<::catalog::Product>> try_update(const CallContext& ctx, const ::catalog::UpdateProductRequest& request,
                                                const ProductChanges& changes);
    /// Adjusts the stock, and reads what it is then in the same transaction.
    Task<Result<::catalog::Product>> adjust_once(const CallContext& ctx, StockMovement adjustment);
    Task<Result<::catalog::Reservation>> end(const CallContext& ctx, std::string order_id, ReservationEvent event,
                                             std::string reason = {});

    ProductStore& products_;
    StockReservations& reservations_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace tw::catalog
