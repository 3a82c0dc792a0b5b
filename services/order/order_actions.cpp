#include "services/order/order_actions.hpp"

#include "services/mapping/contention.hpp"
#include "services/mapping/transitions.hpp"
#include "services/mapping/version.hpp"
#include "services/order/flows/cancel_order.hpp"
#include "services/order/flows/expire_order.hpp"
#include "services/order/flows/fulfil_order.hpp"
#include "services/order/flows/order_flows.hpp"
#include "services/order/flows/pay_order.hpp"
#include "services/order/order_events.hpp"
#include "services/order/reasons.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tw::order {
namespace {

using durable::Done;

/// How long before the caller's deadline the wait for a flow ends, so that the answer arrives.
constexpr std::chrono::seconds kTimeToAnswer{1};
/// How long a flow is waited for if the caller has no deadline.
constexpr std::chrono::seconds kWaitMax{10};

Deadline wait_end(const CallContext& ctx) {
    const auto now = ctx.loop().now();
    if (ctx.deadline().is_never()) return Deadline::after(now, kWaitMax);
    const auto left = ctx.deadline().remaining(now);
    const std::chrono::nanoseconds kept = kTimeToAnswer;
    return Deadline::after(now, std::max(left - kept, left / 2));
}

/// Marks the error of a step after the change was written.
Error after_change(Error error) { return std::move(error).with_outcome_open(true); }

}  // namespace

Task<Result<Order>> OrderActions::pay(const CallContext& ctx, OrderId id, std::string token, Capture capture) {
    const auto until = wait_end(ctx);
    const auto flow_id = pay_flow_id(id, token);
    auto beginning = retry_contended([&] { return try_pay(ctx, id, flow_id, token, capture); });
    auto begun = co_await std::move(beginning);
    if (!begun) co_return std::move(begun).error();
    auto outcome = co_await flows_.wait<PaymentOutcome>(ctx, flow_id, until);
    if (!outcome) co_return after_change(std::move(outcome).error());
    if (!*outcome) co_return co_await order_now(ctx, id);
    const auto& ended = **outcome;
    if (!ended) co_return ended.error();
    if (!ended->reason.empty()) co_return Error{Code::failed_precondition, ended->reason, ended->detail};
    auto order = co_await order_now(ctx, id);
    // The attempt has succeeded, and the order was canceled after that.
    const bool canceled = order && (order->status == Status::canceling || order->status == Status::canceled);
    if (canceled) co_return illegal_transition("an order", status_name(order->status));
    co_return order;
}

Task<OrderActions::Begun> OrderActions::try_pay(const CallContext& ctx, OrderId id, const std::string& flow_id,
                                                const std::string& token, Capture capture) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    if (order->active_flow == flow_id) co_return Done{};
    if (order->payment_attempts > 0) {
        auto tried = co_await flows_.store().find(ctx, flow_id);
        if (!tried) co_return std::move(tried).error();
        if (*tried) co_return Done{};
    }
    const auto now = parts_.clock.now();
    auto change = begin_payment(*std::move(order), flow_id, now);
    if (!change) co_return std::move(change).error();
    const auto& paid = change->order;
    const Payment attempt{.order_id = id,
                          .user_id = paid.user_id,
                          .amount = paid.totals.total,
                          .attempt = paid.payment_attempts,
                          .capture = capture,
                          .started_at = now,
                          .token = token};
    sql::Unit unit;
    record(unit, ctx, parts_.random, *change, caller_name(ctx));
    auto added = flows_.add(ctx, unit, kPayOrder, flow_id, attempt);
    co_return co_await begin(ctx, std::move(unit), std::move(added));
}

Task<Result<Order>> OrderActions::cancel(const CallContext& ctx, OrderId id, std::string reason, std::int64_t expected_version) {
    const auto until = wait_end(ctx);
    const auto attempt = [&] { return try_cancel(ctx, id, reason, expected_version); };
    auto first = retry_contended(attempt);
    auto begun = co_await std::move(first);
    if (!begun && begun.error().reason() == reason::kPaymentInProgress) {
        // The payment is being captured. Whether the order can be canceled is known after that.
        auto settled = co_await await_payment(ctx, id, until);
        if (!settled) co_return std::move(settled).error();
        auto second = retry_contended(attempt);
        begun = co_await std::move(second);
    }
    if (!begun) co_return std::move(begun).error();
    co_return co_await order_after(ctx, id, cancel_flow_id(id), until);
}

Task<OrderActions::Begun> OrderActions::await_payment(const CallContext& ctx, OrderId id, Deadline until) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    if (order->active_flow.empty()) co_return Done{};
    const auto outcome = co_await flows_.wait<std::string>(ctx, order->active_flow, until);
    if (!outcome) co_return outcome.error();
    co_return Done{};
}

Task<OrderActions::Begun> OrderActions::try_cancel(const CallContext& ctx, OrderId id, const std::string& reason,
                                                   std::int64_t expected_version) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    if (order->status == Status::canceled) co_return Done{};
    if (order->status == Status::canceling) co_return co_await continue_cancel(ctx, *order);
    if (auto mismatch = version_mismatch(expected_version, order->version)) co_return std::move(*mismatch);
    auto change = begin_cancel(*std::move(order), reason, parts_.clock.now());
    if (!change) co_return std::move(change).error();
    sql::Unit unit;
    record(unit, ctx, parts_.random, *change, caller_name(ctx));
    auto added = flows_.add(ctx, unit, kCancelOrder, cancel_flow_id(id), id);
    co_return co_await begin(ctx, std::move(unit), std::move(added));
}

Task<OrderActions::Begun> OrderActions::continue_cancel(const CallContext& ctx, const Order& order) {
    const auto flow_id = cancel_flow_id(order.id);
    auto flow = co_await flows_.store().find(ctx, flow_id);
    if (!flow) co_return std::move(flow).error();
    if (*flow) co_return Done{};
    // An earlier version of this program began to cancel the order. It had no flows.
    sql::Unit unit;
    auto added = flows_.add(ctx, unit, kCancelOrder, flow_id, order.id);
    co_return co_await begin(ctx, std::move(unit), std::move(added));
}

Task<Result<Order>> OrderActions::fulfil(const CallContext& ctx, OrderId id, std::string tracking,
                                         std::int64_t expected_version) {
    const auto until = wait_end(ctx);
    auto beginning = retry_contended([&] { return try_fulfil(ctx, id, tracking, expected_version); });
    auto begun = co_await std::move(beginning);
    if (!begun) co_return std::move(begun).error();
    auto order = co_await order_now(ctx, id);
    if (!order || order->active_flow.empty()) co_return order;
    co_return co_await order_after(ctx, id, order->active_flow, until);
}

Task<OrderActions::Begun> OrderActions::try_fulfil(const CallContext& ctx, OrderId id, const std::string& tracking,
                                                   std::int64_t expected_version) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    const auto flow_id = fulfil_flow_id(id, order->version);
    const bool repeated = order->status == Status::fulfilled && order->tracking == tracking;
    if (repeated && order->payment_status != PaymentStatus::failed) co_return Done{};
    if (auto mismatch = version_mismatch(expected_version, order->version); mismatch && !repeated) {
        co_return std::move(*mismatch);
    }
    const auto now = parts_.clock.now();
    auto change =
        repeated ? capture_again(*std::move(order), flow_id, now) : tw::order::fulfil(*std::move(order), tracking, flow_id, now);
    if (!change) co_return std::move(change).error();
    sql::Unit unit;
    record(unit, ctx, parts_.random, *change, caller_name(ctx));
    if (change->order.active_flow.empty()) {
        auto written = co_await parts_.orders.write(ctx, std::move(unit));
        if (!written) co_return std::move(written).error();
        co_return Done{};
    }
    auto added = flows_.add(ctx, unit, kFulfilOrder, flow_id, id);
    co_return co_await begin(ctx, std::move(unit), std::move(added));
}

Task<Result<Order>> OrderActions::complete(const CallContext& ctx, OrderId id, std::int64_t expected_version) {
    auto completing = retry_contended([&] { return try_complete(ctx, id, expected_version); });
    auto done = co_await std::move(completing);
    if (!done) co_return std::move(done).error();
    co_return co_await order_now(ctx, id);
}

Task<OrderActions::Begun> OrderActions::try_complete(const CallContext& ctx, OrderId id, std::int64_t expected_version) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    if (order->status == Status::completed) co_return Done{};
    if (auto mismatch = version_mismatch(expected_version, order->version)) co_return std::move(*mismatch);
    auto change = tw::order::complete(*std::move(order), parts_.clock.now());
    if (!change) co_return std::move(change).error();
    sql::Unit unit;
    record(unit, ctx, parts_.random, *change, caller_name(ctx));
    auto written = co_await parts_.orders.write(ctx, std::move(unit));
    if (!written) co_return std::move(written).error();
    parts_.metrics.ended(Status::completed);
    co_return Done{};
}

Task<Result<Done>> OrderActions::expire(const CallContext& ctx, OrderId id) {
    auto order = co_await parts_.orders.find_without_lines(ctx, id);
    if (!order) co_return std::move(order).error();
    auto change = tw::order::expire(*std::move(order), parts_.clock.now());
    if (!change) co_return std::move(change).error();
    sql::Unit unit;
    record(unit, ctx, parts_.random, *change, kSystemActor);
    auto added = flows_.add(ctx, unit, kExpireOrder, expire_flow_id(id), id);
    auto begun = co_await begin(ctx, std::move(unit), std::move(added));
    if (begun) parts_.metrics.ended(Status::expired);
    co_return begun;
}

Task<OrderActions::Begun> OrderActions::begin(const CallContext& ctx, sql::Unit unit, durable::AddedFlow added) {
    auto written = co_await parts_.orders.write(ctx, std::move(unit));
    if (written) {
        flows_.run(ctx, std::move(added));
        co_return Done{};
    }
    // Somebody else has begun the same flow at the same time. The order is read again.
    if (sql::violates(written.error(), "flows_pkey")) co_return contended();
    co_return std::move(written).error();
}

Task<Result<Order>> OrderActions::order_after(const CallContext& ctx, OrderId id, std::string flow_id, Deadline until) {
    const auto ended = co_await flows_.wait<Done>(ctx, std::move(flow_id), until);
    if (!ended) co_return after_change(ended.error());
    co_return co_await order_now(ctx, id);
}

Task<Result<Order>> OrderActions::order_now(const CallContext& ctx, OrderId id) {
    auto order = co_await parts_.orders.find(ctx, id);
    if (!order) co_return after_change(std::move(order).error());
    co_return order;
}

}  // namespace tw::order
