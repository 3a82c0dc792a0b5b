#include "services/order/order_changes.hpp"

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::order {
namespace {

constexpr std::array kStatuses{Status::pending,   Status::confirmed, Status::fulfilled, Status::completed,
                               Status::canceling, Status::canceled,  Status::expired};
constexpr std::array kPaymentStatuses{PaymentStatus::none,  PaymentStatus::processing,         PaymentStatus::authorized,
                                      PaymentStatus::paid,  PaymentStatus::partially_refunded, PaymentStatus::refunded,
                                      PaymentStatus::failed};
const Timestamp kNow = Timestamp::from_unix_micros(1000);

/// A change that an event of the table makes.
struct Action {
    const char* name;
    Event event;
    std::function<Result<OrderChange>(Order)> apply;
};

std::vector<Action> actions() {
    return {
        {"confirm", Event::payment_authorized,
         [](Order order) { return confirm(std::move(order), "p", Capture::automatic, kNow); }},
        {"begin to cancel", Event::cancel, [](Order order) { return begin_cancel(std::move(order), "why", kNow); }},
        {"finish to cancel", Event::undone, [](Order order) { return finish_cancel(std::move(order), kNow); }},
        {"expire", Event::expire, [](Order order) { return expire(std::move(order), kNow); }},
        {"fulfil", Event::fulfil, [](Order order) { return fulfil(std::move(order), "parcel", "flow", kNow); }},
        {"complete", Event::complete, [](Order order) { return complete(std::move(order), kNow); }},
    };
}

Order order_with(Status status, PaymentStatus payment_status) {
    const Money price{100, *Currency::parse("EUR")};
    const std::vector<Line> lines{{.product_id = "prod-123", .name = "Cup", .unit_price = price, .quantity = 1}};
    Order order{.id = {}, .user_id = {}, .status = status, .lines = lines, .totals = *add_up(lines)};
    order.payment_status = payment_status;
    order.expires_at = kNow + std::chrono::seconds{1};
    return order;
}

/// Calls `check` with every combination of a status, a payment status and a capture.
void for_each_order(const std::function<void(const Order&)>& check) {
    for (const auto status : kStatuses) {
        for (const auto payment_status : kPaymentStatuses) {
            auto order = order_with(status, payment_status);
            SCOPED_TRACE(std::string{status_name(status)} + ", payment " + std::string{payment_status_name(payment_status)});
            for (const auto& capture :
                 {std::optional<Capture>{}, std::optional{Capture::automatic}, std::optional{Capture::on_fulfilment}}) {
                order.capture = capture;
                check(order);
            }
        }
    }
}

TEST(OrderChanges, make_the_status_that_the_table_says_or_are_refused) {
    for (const auto& action : actions()) {
        SCOPED_TRACE(action.name);
        for_each_order([&](const Order& order) {
            const auto to = next(order.status, action.event);
            const auto change = action.apply(order);
            if (!to) {
                ASSERT_FALSE(change);
                EXPECT_EQ(change.error().reason(), "ILLEGAL_TRANSITION");
            }
            if (change) {
                EXPECT_EQ(change->order.status, to);
            }
        });
    }
}

TEST(OrderChanges, make_one_version_each_at_a_later_time) {
    for (const auto& action : actions()) {
        for_each_order([&](Order order) {
            order.updated_at = kNow + std::chrono::seconds{5};
            const auto change = action.apply(order);
            if (!change) return;
            EXPECT_EQ(change->order.version, order.version + 1);
            EXPECT_GT(change->order.updated_at, order.updated_at);
        });
    }
}

TEST(OrderChanges, while_a_flow_changes_the_payment_only_the_flow_and_a_cancellation_change_the_order) {
    for_each_order([](Order order) {
        order.active_flow = "pay/1";
        for (const auto& refused :
             {begin_payment(order, "pay/2", kNow), expire(order, kNow), fulfil(order, "parcel", "fulfil/1", kNow),
              complete(order, kNow), capture_again(order, "fulfil/2", kNow)}) {
            EXPECT_FALSE(refused);
        }
        const auto canceled = begin_cancel(order, "why", kNow);
        EXPECT_EQ(canceled.has_value(), order.status == Status::pending);
        if (canceled) {
            EXPECT_EQ(canceled->order.active_flow, "pay/1");
        }
    });
}

TEST(OrderChanges, only_a_pending_order_within_its_window_can_be_paid) {
    for_each_order([](const Order& order) {
        const bool has_money = order.payment_status != PaymentStatus::none && order.payment_status != PaymentStatus::failed &&
                               order.payment_status != PaymentStatus::processing;
        const auto begun = begin_payment(order, "pay/1", kNow);
        EXPECT_EQ(begun.has_value(), order.status == Status::pending && !has_money);
        EXPECT_FALSE(begin_payment(order, "pay/1", order.expires_at));
        if (!begun) return;
        EXPECT_EQ(begun->order.payment_status, PaymentStatus::processing);
        EXPECT_EQ(begun->order.payment_attempts, order.payment_attempts + 1);
        EXPECT_EQ(begun->order.active_flow, "pay/1");
    });
}

TEST(OrderChanges, no_order_that_is_captured_is_canceled_and_none_without_money_is_completed) {
    for_each_order([](const Order& order) {
        const auto status = order.payment_status;
        const bool captured =
            status == PaymentStatus::paid || status == PaymentStatus::partially_refunded || status == PaymentStatus::refunded;
        if (order.status == Status::confirmed && captured) {
            EXPECT_EQ(begin_cancel(order, "why", kNow).error().reason(), "PAYMENT_CAPTURED");
        }
        EXPECT_EQ(complete(order, kNow).has_value(), order.status == Status::fulfilled && captured);
    });
}

TEST(OrderChanges, a_failed_payment_keeps_the_reason_for_which_an_order_is_canceled) {
    auto canceling = order_with(Status::canceling, PaymentStatus::processing);
    canceling.reason = "changed my mind";
    EXPECT_EQ(fail_payment(canceling, "p", "card_declined", kNow).order.reason, "changed my mind");
    const auto pending = order_with(Status::pending, PaymentStatus::processing);
    EXPECT_EQ(fail_payment(pending, "p", "card_declined", kNow).order.reason, "card_declined");
}

}  // namespace
}  // namespace tw::order
