#include "services/order/order.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tw::order {
namespace {

Money euros(std::int64_t minor) { return Money{minor, *Currency::parse("EUR")}; }

Line line(Money unit_price, std::int32_t quantity) {
    return {.product_id = "prod-123", .name = "Cup", .unit_price = unit_price, .quantity = quantity};
}

Order order_in(Status status) {
    return {.id = {}, .user_id = {}, .status = status, .lines = {line(euros(100), 1)}, .totals = *add_up({line(euros(100), 1)})};
}

TEST(Order, a_paid_order_is_confirmed) { EXPECT_EQ(next(Status::pending, Event::payment_authorized), Status::confirmed); }

TEST(Order, a_declined_payment_leaves_the_order_open_for_another_attempt) {
    EXPECT_EQ(next(Status::pending, Event::payment_declined), Status::pending);
}

TEST(Order, what_has_been_shipped_can_no_longer_be_canceled) {
    EXPECT_EQ(next(Status::fulfilled, Event::cancel), std::nullopt);
    EXPECT_EQ(next(Status::completed, Event::cancel), std::nullopt);
}

TEST(Order, what_has_ended_stays_as_it_is) {
    for (const auto ended : {Status::completed, Status::canceled, Status::expired}) {
        for (const auto& transition : kTransitions) EXPECT_EQ(next(ended, transition.event), std::nullopt);
    }
}

TEST(Order, no_transition_is_listed_twice) {
    for (std::size_t i = 0; i < kTransitions.size(); ++i) {
        for (std::size_t j = i + 1; j < kTransitions.size(); ++j) {
            EXPECT_FALSE(kTransitions[i].from == kTransitions[j].from && kTransitions[i].event == kTransitions[j].event);
        }
    }
}

TEST(Order, an_allowed_event_changes_status_time_and_version) {
    const auto now = Timestamp::from_unix_micros(9);
    const auto canceling = after(order_in(Status::pending), Event::cancel, now);
    ASSERT_TRUE(canceling);
    EXPECT_EQ(canceling->status, Status::canceling);
    EXPECT_EQ(canceling->updated_at, now);
    EXPECT_EQ(canceling->version, 2);
}

TEST(Order, a_change_is_later_than_the_one_before_whatever_the_clock_says) {
    auto order = order_in(Status::pending);
    order.updated_at = Timestamp::from_unix_micros(100);
    EXPECT_EQ(changed(order, Timestamp::from_unix_micros(50)).updated_at, Timestamp::from_unix_micros(101));
    EXPECT_EQ(changed(order, Timestamp::from_unix_micros(100)).updated_at, Timestamp::from_unix_micros(101));
    EXPECT_EQ(changed(order, Timestamp::from_unix_micros(200)).updated_at, Timestamp::from_unix_micros(200));
    EXPECT_EQ(changed(order, {}).version, order.version + 1);
}

TEST(Order, an_event_out_of_turn_is_refused) {
    const auto refused = after(order_in(Status::fulfilled), Event::cancel, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "ILLEGAL_TRANSITION");
}

TEST(Status, has_one_name_each) {
    for (const auto& transition : kTransitions) {
        EXPECT_EQ(parse_status(status_name(transition.from)), transition.from);
        EXPECT_EQ(parse_status(status_name(transition.to)), transition.to);
    }
    EXPECT_EQ(status_name(Status::pending), "pending");
    EXPECT_FALSE(parse_status("PENDING"));
    EXPECT_EQ(parse_payment_status(payment_status_name(PaymentStatus::partially_refunded)), PaymentStatus::partially_refunded);
}

TEST(Totals, are_the_sum_of_price_times_quantity) {
    const auto totals = add_up({line(euros(100), 2), line(euros(20), 3)});
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->subtotal, euros(260));
    EXPECT_EQ(totals->shipping, euros(0));
    EXPECT_EQ(totals->tax, euros(0));
    EXPECT_EQ(totals->total, euros(260));
}

TEST(Totals, do_not_mix_currencies) {
    const auto totals = add_up({line(euros(100), 1), line(Money{100, *Currency::parse("JPY")}, 1)});
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().reason(), "CURRENCY_MIXED");
}

TEST(Totals, refuse_to_overflow) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    for (const auto& lines : {std::vector{line(euros(most), 2)}, std::vector{line(euros(most), 1), line(euros(1), 1)}}) {
        const auto totals = add_up(lines);
        ASSERT_FALSE(totals);
        EXPECT_EQ(totals.error().reason(), "AMOUNT_TOO_LARGE");
    }
}

}  // namespace
}  // namespace tw::order
