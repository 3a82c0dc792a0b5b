#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/user.tw.hpp"
#include "services/order/order_draft.hpp"
#include "services/order/order_metrics.hpp"
#include "services/order/order_store.hpp"

namespace tw::order {

/// Implements order.OrderService of the contract. Each loop has its own instance.
class OrderService final : public ::order::OrderService {
 public:
    /// The channels lead to the user and the catalogue service.
    OrderService(OrderStore& orders, rpc::Channel& users, rpc::Channel& catalog, const Clock& clock, Random& random,
                 telemetry::Telemetry telemetry)
        : orders_{orders},
          users_{users},
          catalog_{catalog},
          clock_{clock},
          random_{random},
          telemetry_{telemetry},
          metrics_{telemetry.meter} {}

    Task<Result<::order::Order>> create_order(const CallContext& ctx, const ::order::CreateOrderRequest& request) override;
    Task<Result<::order::Order>> get_order(const CallContext& ctx, const ::order::GetOrderRequest& request) override;
    Task<Result<::order::ListOrdersResponse>> list_orders(const CallContext& ctx,
                                                          const ::order::ListOrdersRequest& request) override;
    Task<Result<::order::Order>> cancel_order(const CallContext& ctx, const ::order::CancelOrderRequest& request) override;

 private:
    /// Stores the order whose stock is reserved. If the order may exist although this fails, the
    /// error's outcome is open.
    Task<Result<Order>> place(const CallContext& ctx, OrderId id, UserId user_id, const OrderDraft& draft,
                              const ::catalog::Reservation& reservation);
    /// Releases the stock of an order that could not be placed, even if its caller is gone. If that
    /// fails, the reservation expires.
    Task<void> release_unplaced(const CallContext& ctx, OrderId id);
    /// Makes the order `canceling`, unless it is that or `canceled` already. Fails with CONTENDED
    /// if others change the order at the same time.
    Task<Result<Order>> begin_cancel(const CallContext& ctx, OrderId id, const ::order::CancelOrderRequest& request);
    /// Releases the stock of an order that is `canceling`, then makes it `canceled`. If this fails
    /// the order stays `canceling`, so the error's outcome is open.
    Task<Result<Order>> finish_cancel(const CallContext& ctx, Order order);

    OrderStore& orders_;
    ::user::UserServiceClient users_;
    ::catalog::CatalogServiceClient catalog_;
    const Clock& clock_;
    Random& random_;
    telemetry::Telemetry telemetry_;
    OrderMetrics metrics_;
};

}  // namespace tw::order
