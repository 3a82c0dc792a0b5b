#include "services/order/order_service.hpp"

#include "kit/async/combine.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/version.hpp"
#include "services/order/order_messages.hpp"
#include "services/order/refusals.hpp"

namespace tw::order {
namespace {

/// How long a caller waits, at most, until the stock of an order that could not be placed is
/// released.
constexpr std::chrono::seconds kReleaseTimeMax{2};

/// Marks the error of a step before the order is stored. There certainly is no order then.
Error before_insert(Error error) { return std::move(error).with_outcome_open(false); }

/// Marks the error of a step after the order became `canceling`. It stays so until the call is
/// repeated.
Error while_canceling(Error error) { return std::move(error).with_outcome_open(true); }

}  // namespace

Task<Result<::order::Order>> OrderService::create_order(const CallContext& ctx, const ::order::CreateOrderRequest& request) {
    auto draft = read_draft(request);
    if (!draft) co_return std::move(draft).error();
    // A malformed id names no user.
    const auto user_id = UserId::parse(draft->user_id);
    if (!user_id) co_return user_unknown();
    const OrderId id{random_.uuid_v7(clock_.now())};

    ::user::GetUserRequest get_user;
    get_user.set_id(user_id->to_string());
    const auto reserve = reserve_request(id, *draft);
    auto asked = co_await both(users_.get_user(ctx, get_user), catalog_.reserve(ctx, reserve));
    auto& [user, reservation] = asked;

    const auto refusal = refuse_order(user, reservation, *draft);
    if (refusal) {
        // Unless the catalogue certainly refused, stock may be reserved.
        if (reservation || reservation.error().outcome_open()) co_await release_unplaced(ctx, id);
        co_return before_insert(*refusal);
    }
    auto placed = co_await place(ctx, id, *user_id, *draft, *reservation);
    if (!placed) {
        // If the order may exist, its stock must stay reserved. If it does not exist, the
        // reservation expires.
        if (!placed.error().outcome_open()) co_await release_unplaced(ctx, id);
        co_return std::move(placed).error();
    }
    co_return to_proto(*placed);
}

Task<Result<Order>> OrderService::place(const CallContext& ctx, OrderId id, UserId user_id, const OrderDraft& draft,
                                        const ::catalog::Reservation& reservation) {
    auto lines = read_lines(reservation, draft);
    if (!lines) co_return before_insert(std::move(lines).error());
    auto totals = add_up(*lines);
    if (!totals) co_return before_insert(std::move(totals).error());
    if (ctx.over()) co_return ctx.over_before_start();
    const auto now = clock_.now();
    const Order order{.id = id,
                      .user_id = user_id,
                      .status = Status::pending,
                      .lines = std::move(*lines),
                      .totals = *totals,
                      .payment_id = {},
                      .payment_status = PaymentStatus::none,
                      .reason = {},
                      .expires_at = now + kPaymentWindow,
                      .created_at = now,
                      .updated_at = now};
    auto stored = co_await orders_.insert(ctx, order);
    if (!stored) co_return std::move(stored).error();
    metrics_.placed(order.totals.total);
    co_return order;
}

Task<void> OrderService::release_unplaced(const CallContext& ctx, OrderId id) {
    RootCall call{ctx.loop(), Deadline::after(ctx.loop().now(), kReleaseTimeMax)};
    const auto detached = call.context().with_trace(ctx.trace());
    ::catalog::ReleaseRequest release;
    release.set_order_id(id.to_string());
    auto released = co_await catalog_.release(detached, release);
    if (!released && released.error().code() != Code::not_found) {
        telemetry_.log.warn(detached, "order.hold_not_released",
                            {{"shop.order.id", id.to_string()}, {"error.type", released.error().reason()}},
                            "the stock stays reserved until the reservation expires");
    }
}

Task<Result<::order::Order>> OrderService::get_order(const CallContext& ctx, const ::order::GetOrderRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    auto order = co_await orders_.find(ctx, *id);
    if (!order) co_return std::move(order).error();
    co_return to_proto(*order);
}

Task<Result<::order::ListOrdersResponse>> OrderService::list_orders(const CallContext& ctx,
                                                                    const ::order::ListOrdersRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token());
    if (!page) co_return std::move(page).error();
    const auto status = parse_status(request.status());
    if (!status && !request.status().empty()) co_return invalid("/status", "must be a status of orders, such as pending");
    const auto user_id = UserId::parse(request.user_id());

    ::order::ListOrdersResponse response;
    // A malformed id names no user, so there are no orders.
    if (!user_id && !request.user_id().empty()) co_return response;
    auto orders = co_await orders_.list(ctx, std::move(*page), user_id, status);
    if (!orders) co_return std::move(orders).error();
    for (const auto& order : orders->items) *response.add_orders() = to_proto(order);
    if (orders->next) response.set_next_page_token(page_token(*orders->next));
    co_return response;
}

Task<Result<::order::Order>> OrderService::cancel_order(const CallContext& ctx, const ::order::CancelOrderRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    auto beginning = retry_contended([&] { return begin_cancel(ctx, *id, request); });
    auto order = co_await std::move(beginning);
    if (!order) co_return std::move(order).error();
    if (order->status == Status::canceling) order = co_await finish_cancel(ctx, std::move(*order));
    if (!order) co_return std::move(order).error();
    co_return to_proto(*order);
}

Task<Result<Order>> OrderService::begin_cancel(const CallContext& ctx, OrderId id, const ::order::CancelOrderRequest& request) {
    auto order = co_await orders_.find(ctx, id);
    if (!order) co_return std::move(order).error();
    if (order->status == Status::canceling || order->status == Status::canceled) co_return order;
    if (auto mismatch = version_mismatch(request.expected_version(), order->version)) co_return std::move(*mismatch);

    auto canceling = after(std::move(*order), Event::cancel, clock_.now());
    if (!canceling) co_return std::move(canceling).error();
    canceling->reason = request.reason();
    auto stored = co_await orders_.update(ctx, *canceling);
    if (!stored) co_return std::move(stored).error();
    co_return canceling;
}

Task<Result<Order>> OrderService::finish_cancel(const CallContext& ctx, Order order) {
    ::catalog::ReleaseRequest release;
    release.set_order_id(order.id.to_string());
    auto released = co_await catalog_.release(ctx, release);
    // Without a reservation there is nothing to release.
    if (!released && released.error().code() != Code::not_found) co_return while_canceling(std::move(released).error());

    auto canceled = after(order, Event::undone, clock_.now());
    if (!canceled) co_return while_canceling(std::move(canceled).error());
    auto stored = co_await orders_.update(ctx, *canceled);
    if (stored) co_return canceled;
    if (!is_contended(stored.error())) co_return while_canceling(std::move(stored).error());
    // Another call has finished the cancellation at the same time.
    auto finished = co_await orders_.find(ctx, order.id);
    if (!finished) co_return while_canceling(std::move(finished).error());
    co_return finished;
}

}  // namespace tw::order
