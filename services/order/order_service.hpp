#pragma once

#include "proto/order.tw.hpp"
#include "proto/user.tw.hpp"
#include "services/order/order_actions.hpp"
#include "services/order/order_draft.hpp"
#include "services/order/order_news.hpp"
#include "services/order/timeline.hpp"

#include <chrono>

namespace tw::order {

/// Implements order.OrderService of the contract. Each loop has its own instance.
class OrderService final : public ::order::OrderService {
 public:
    /// `users` leads to the user service. A pending order waits for its payment for
    /// `payment_window`. All references outlive the object.
    OrderService(FlowParts& parts, durable::Flows& flows, rpc::Channel& users, Timeline& timeline, OrderNews& news,
                 std::chrono::seconds payment_window = kPaymentWindow)
        : parts_{parts},
          actions_{parts, flows},
          users_{users},
          timeline_{timeline},
          news_{news},
          payment_window_{payment_window} {}

    Task<Result<::order::Order>> create_order(const CallContext& ctx, const ::order::CreateOrderRequest& request) override;
    Task<Result<::order::Order>> get_order(const CallContext& ctx, const ::order::GetOrderRequest& request) override;
    Task<Result<::order::ListOrdersResponse>> list_orders(const CallContext& ctx,
                                                          const ::order::ListOrdersRequest& request) override;
    Task<Result<::order::Order>> cancel_order(const CallContext& ctx, const ::order::CancelOrderRequest& request) override;
    Task<Result<::order::Order>> pay_order(const CallContext& ctx, const ::order::PayOrderRequest& request) override;
    Task<Result<::order::Order>> fulfil_order(const CallContext& ctx, const ::order::FulfilOrderRequest& request) override;
    Task<Result<::order::Order>> complete_order(const CallContext& ctx, const ::order::CompleteOrderRequest& request) override;
    Task<Result<::order::Timeline>> get_timeline(const CallContext& ctx, const ::order::GetTimelineRequest& request) override;
    Task<Result<void>> watch_order(const CallContext& ctx, const ::order::WatchOrderRequest& request,
                                   rpc::Writer<::order::Order>& responses) override;

 private:
    /// Stores the order whose stock is reserved. If the order may exist although this fails, the
    /// error's outcome is open.
    Task<Result<::order::Order>> place(const CallContext& ctx, OrderId id, UserId user_id, const OrderDraft& draft,
                                       const ::catalog::Reservation& reservation);
    /// Releases the stock of an order that could not be placed, even if its caller is gone. If that
    /// fails, the reservation expires.
    Task<void> release_unplaced(const CallContext& ctx, OrderId id);

    FlowParts& parts_;
    OrderActions actions_;
    ::user::UserServiceClient users_;
    Timeline& timeline_;
    OrderNews& news_;
    std::chrono::seconds payment_window_;
};

}  // namespace tw::order
