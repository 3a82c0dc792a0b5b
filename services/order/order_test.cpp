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

TEST(Order, APaidOrderIsConfirmed) { EXPECT_EQ(next(Status::pending, Event::payment_authorized), Status::confirmed); }

TEST(Order, ADeclinedPaymentLeavesTheOrderOpenForAnotherAttempt) {
    EXPECT_EQ(next(Status::pending, Event::payment_declined), Status::pending);
}

TEST(Order, WhatHasBeenShippedCanNoLongerBeCanceled) {
    EXPECT_EQ(next(Status::fulfilled, Event::cancel), std::nullopt);
    EXPECT_EQ(next(Status::completed, Event::cancel), std::nullopt);
}

TEST(Order, WhatHasEndedStaysAsItIs) {
    for (const auto ended : {Status::completed, Status::canceled, Status::expired}) {
        for (const auto& transition : kTransitions) EXPECT_EQ(next(ended, transition.event), std::nullopt);
    }
}

TEST(Order, NoTransitionIsListedTwice) {
    for (std::size_t i = 0; i < kTransitions.size(); ++i) {
        for (std::size_t j = i + 1; j < kTransitions.size(); ++j) {
            EXPECT_FALSE(kTransitions[i].from == kTransitions[j].from && kTransitions[i].event == kTransitions[j].event);
        }
    }
}

TEST(Order, AnAllowedEventChangesStatusTimeAndVersion) {
    const auto now = Timestamp::from_unix_micros(9);
    const auto canceling = after(order_in(Status::pending), Event::cancel, now);
    ASSERT_TRUE(canceling);
    EXPECT_EQ(canceling->status, Status::canceling);
    EXPECT_EQ(canceling->updated_at, now);
    EXPECT_EQ(canceling->version, 2);
}

TEST(Order, AnEventOutOfTurnIsRefused) {
    const auto refused = after(order_in(Status::fulfilled), Event::cancel, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "ILLEGAL_TRANSITION");
}

TEST(Status, HasOneNameEach) {
    for (const auto& transition : kTransitions) {
        EXPECT_EQ(parse_status(status_name(transition.from)), transition.from);
        EXPECT_EQ(parse_status(status_name(transition.to)), transition.to);
    }
    EXPECT_EQ(status_name(Status::pending), "pending");
    EXPECT_FALSE(parse_status("PENDING"));
    EXPECT_EQ(parse_payment_status(payment_status_name(PaymentStatus::partially_refunded)), PaymentStatus::partially_refunded);
}

TEST(Totals, AreTheSumOfPriceTimesQuantity) {
    const auto totals = add_up({line(euros(100), 2), line(euros(20), 3)});
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->subtotal, euros(260));
    EXPECT_EQ(totals->shipping, euros(0));
    EXPECT_EQ(totals->tax, euros(0));
    EXPECT_EQ(totals->total, euros(260));
}

TEST(Totals, DoNotMixCurrencies) {
    const auto totals = add_up({line(euros(100), 1), line(Money{100, *Currency::parse("JPY")}, 1)});
    ASSERT_FALSE(totals);
    EXPECT_EQ(totals.error().reason(), "CURRENCY_MIXED");
}

TEST(Totals, RefuseToOverflow) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    for (const auto& lines : {std::vector{line(euros(most), 2)}, std::vector{line(euros(most), 1), line(euros(1), 1)}}) {
        const auto totals = add_up(lines);
        ASSERT_FALSE(totals);
        EXPECT_EQ(totals.error().reason(), "AMOUNT_TOO_LARGE");
    }
}

}  // namespace
}  // namespace tw::order
