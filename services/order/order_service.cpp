#include "services/order/order_service.hpp"

#include "kit/async/combine.hpp"
#include "kit/idempotency/keyed_call.hpp"
#include "kit/rpc/call_info.hpp"
#include "services/order/order_events.hpp"
#include "services/order/order_messages.hpp"
#include "services/order/refusals.hpp"

namespace tw::order {
namespace {

/// How long a caller waits, at most, until the stock of an order that could not be placed is
/// released.
constexpr std::chrono::seconds kReleaseTimeMax{2};

/// Marks the error of a step before the order is stored. There certainly is no order then.
Error before_insert(Error error) { return std::move(error).with_outcome_open(false); }

/// How often a watched order is looked at, for changes that another process made.
constexpr std::chrono::seconds kWatchInterval{1};

bool is_final(Status status) { return status == Status::completed || status == Status::canceled || status == Status::expired; }

}  // namespace

Task<Result<::order::Order>> OrderService::create_order(const CallContext& ctx, const ::order::CreateOrderRequest& request) {
    auto draft = read_draft(request);
    if (!draft) co_return std::move(draft).error();
    // A malformed id is not the id of a user.
    const auto user_id = UserId::parse(draft->user_id);
    if (!user_id) co_return user_unknown();
    // A user orders in the own name only. For whom others order is not told.
    const auto owner = rpc::owner_limit(ctx);
    if (owner && UserId::parse(*owner) != user_id) co_return user_unknown();
    const OrderId id{parts_.random.uuid_v7(parts_.clock.now())};

    ::user::GetUserRequest get_user;
    get_user.set_id(user_id->to_string());
    const auto reserve = reserve_request(id, *draft, payment_window_);
    auto asked = co_await both(users_.get_user(ctx, get_user), parts_.catalog.reserve(ctx, reserve));
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
    co_return std::move(*placed);
}

Task<Result<::order::Order>> OrderService::place(const CallContext& ctx, OrderId id, UserId user_id, const OrderDraft& draft,
                                                 const ::catalog::Reservation& reservation) {
    auto lines = read_lines(reservation, draft);
    if (!lines) co_return before_insert(std::move(lines).error());
    auto totals = add_up(*lines);
    if (!totals) co_return before_insert(std::move(totals).error());
    if (ctx.over()) co_return ctx.over_before_start();
    const auto now = parts_.clock.now();
    const Order order{.id = id,
                      .user_id = user_id,
                      .status = Status::pending,
                      .lines = std::move(*lines),
                      .totals = *totals,
                      .payment_id = {},
                      .payment_status = PaymentStatus::none,
                      .reason = {},
                      .expires_at = now + payment_window_,
                      .created_at = now,
                      .updated_at = now};
    auto answer = to_proto(order);
    idempotency::answer_with(ctx, answer);
    sql::Unit unit;
    record_new(unit, ctx, parts_.random, order, caller_name(ctx));
    auto stored = co_await parts_.orders.write(ctx, std::move(unit));
    if (!stored) co_return std::move(stored).error();
    parts_.metrics.placed(order.totals.total);
    co_return std::move(answer);
}

Task<void> OrderService::release_unplaced(const CallContext& ctx, OrderId id) {
    RootCall call{ctx.loop(), Deadline::after(ctx.loop().now(), kReleaseTimeMax)};
    const auto detached = call.context().with_trace(ctx.trace());
    ::catalog::ReleaseRequest release;
    release.set_order_id(id.to_string());
    auto released = co_await parts_.catalog.release(detached, release);
    if (!released && released.error().code() != Code::not_found) {
        parts_.telemetry.log.warn(detached, "order.reservation_not_released",
                                  {{"shop.order.id", id.to_string()}, {"error.type", released.error().reason()}},
                                  "the stock stays reserved until the reservation expires");
    }
}

Task<Result<::order::Order>> OrderService::get_order(const CallContext& ctx, const ::order::GetOrderRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    auto order = co_await parts_.orders.find(ctx, *id);
    if (!order) co_return std::move(order).error();
    co_return to_proto(*order);
}

Task<Result<::order::ListOrdersResponse>> OrderService::list_orders(const CallContext& ctx,
                                                                    const ::order::ListOrdersRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token(), request.newest_first());
    if (!page) co_return std::move(page).error();
    const auto status = parse_status(request.status());
    if (!status && !request.status().empty()) co_return invalid("/status", "must be a status of orders, such as pending");
    const auto user_id = UserId::parse(request.user_id());

    ::order::ListOrdersResponse response;
    // A malformed id is not the id of a user, so there are no orders.
    if (!user_id && !request.user_id().empty()) co_return response;
    auto orders = co_await parts_.orders.list(ctx, std::move(*page), user_id, status);
    if (!orders) co_return std::move(orders).error();
    for (const auto& order : orders->items) *response.add_orders() = to_proto(order);
    if (orders->next) response.set_next_page_token(page_token(*orders->next));
    co_return response;
}

Task<Result<::order::Order>> OrderService::cancel_order(const CallContext& ctx, const ::order::CancelOrderRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    if (auto refusal = refuse_card_number("/reason", request.reason())) co_return *std::move(refusal);
    const auto order = co_await actions_.cancel(ctx, *id, request.reason(), request.expected_version());
    if (!order) co_return order.error();
    co_return to_proto(*order);
}

Task<Result<::order::Order>> OrderService::pay_order(const CallContext& ctx, const ::order::PayOrderRequest& request) {
    if (auto refusal = refuse_card_number("/payment_token", request.payment_token())) co_return *std::move(refusal);
    const auto capture = request.capture().empty() ? Capture::automatic : parse_capture(request.capture());
    if (!capture) co_return invalid("/capture", "must be automatic or on_fulfilment");
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    const auto order = co_await actions_.pay(ctx, *id, request.payment_token(), *capture);
    if (!order) co_return order.error();
    co_return to_proto(*order);
}

Task<Result<::order::Order>> OrderService::fulfil_order(const CallContext& ctx, const ::order::FulfilOrderRequest& request) {
    if (auto refusal = refuse_card_number("/tracking", request.tracking())) co_return *std::move(refusal);
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    const auto order = co_await actions_.fulfil(ctx, *id, request.tracking(), request.expected_version());
    if (!order) co_return order.error();
    co_return to_proto(*order);
}

Task<Result<::order::Order>> OrderService::complete_order(const CallContext& ctx, const ::order::CompleteOrderRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    const auto order = co_await actions_.complete(ctx, *id, request.expected_version());
    if (!order) co_return order.error();
    co_return to_proto(*order);
}

Task<Result<::order::Timeline>> OrderService::get_timeline(const CallContext& ctx, const ::order::GetTimelineRequest& request) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    const auto order = co_await parts_.orders.find(ctx, *id);
    if (!order) co_return order.error();
    co_return co_await timeline_.list(ctx, *id);
}

Task<Result<void>> OrderService::watch_order(const CallContext& ctx, const ::order::WatchOrderRequest& request,
                                             rpc::Writer<::order::Order>& responses) {
    const auto id = OrderId::parse(request.id());
    if (!id) co_return not_found("order", request.id());
    auto version = request.after_version();
    while (true) {
        const auto order = co_await parts_.orders.find(ctx, *id);
        if (!order) co_return order.error();
        if (order->version > version) {
            version = order->version;
            const auto message = to_proto(*order);
            auto sent = co_await responses.write(message);
            if (!sent) co_return sent;
        }
        if (is_final(order->status)) co_return Result<void>{};
        responses.send_head();
        co_await news_.wait(ctx, request.id(), kWatchInterval);
        if (ctx.over()) co_return *ctx.over();
        if (news_.closed()) co_return unavailable("the service is shutting down; watch the order again");
    }
}

}  // namespace tw::order
