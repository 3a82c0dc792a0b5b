#include "services/order/flows/pay_order.hpp"

#include "services/order/orders_fixture.hpp"

namespace tw::order {
namespace {

using testing::ElementsAre;

class PayOrderTest : public OrdersTest {};

INSTANTIATE_TEST_SUITE_P(Engines, PayOrderTest, testing::ValuesIn(test::kDatabases));

TEST_P(PayOrderTest, a_paid_order_has_one_captured_payment_and_its_stock) {
    const auto id = new_order(replica_);
    const auto paid = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->status(), "confirmed");
    EXPECT_EQ(paid->payment_status(), "paid");
    EXPECT_EQ(paid->capture(), "automatic");
    EXPECT_EQ(paid->payment_id(), id + "#1");
    EXPECT_EQ(payments_.captures, 1);
    EXPECT_EQ(stock(id), "committed");
    EXPECT_EQ(order(id).active_flow, "");
    EXPECT_THAT(events(id), ElementsAre("order.created", "order.payment_started", "order.confirmed", "order.paid"));
}

TEST_P(PayOrderTest, a_checkout_takes_three_commits_of_the_order_service) {
    const auto id = new_order(replica_);
    const auto before = db_.store().stats().units;
    ASSERT_TRUE(run(pay(replica_, id, "tok_ok")));
    // One unit begins the payment together with its flow, one confirms the order, and one records
    // the capture and ends the flow.
    EXPECT_EQ(db_.store().stats().units - before, 3U);
}

TEST_P(PayOrderTest, a_payment_that_is_captured_on_fulfilment_stays_authorized) {
    const auto id = new_order(replica_);
    const auto paid = run(pay(replica_, id, "tok_ok", "on_fulfilment"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->status(), "confirmed");
    EXPECT_EQ(paid->payment_status(), "authorized");
    EXPECT_EQ(payments_.captures, 0);
    EXPECT_EQ(order(id).active_flow, "");
}

TEST_P(PayOrderTest, a_declined_order_stays_pending_and_can_be_paid_with_another_token) {
    const auto id = new_order(replica_);
    for (int i = 0; i < 2; ++i) {
        const auto declined = run(pay(replica_, id, "tok_declined"));
        ASSERT_FALSE(declined);
        EXPECT_EQ(declined.error().code(), Code::failed_precondition);
        EXPECT_EQ(declined.error().reason(), "PAYMENT_DECLINED");
        EXPECT_EQ(declined.error().detail(), "card_declined");
    }
    EXPECT_EQ(payments_.payments.size(), 1U);
    EXPECT_EQ(order(id).status, Status::pending);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_EQ(order(id).reason, "card_declined");
    EXPECT_EQ(stock(id), "held");

    const auto paid = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->payment_id(), id + "#2");
    EXPECT_EQ(paid->reason(), "");
    // The first token's answer stays.
    EXPECT_EQ(run(pay(replica_, id, "tok_declined")).error().reason(), "PAYMENT_DECLINED");
    EXPECT_EQ(run(pay(replica_, id, "tok_ok"))->version(), paid->version());
    EXPECT_EQ(payments_.captures, 1);
}

TEST_P(PayOrderTest, an_unknown_token_is_declined) {
    const auto id = new_order(replica_);
    const auto declined = run(pay(replica_, id, "tok_nobody_knows"));
    EXPECT_EQ(declined.error().reason(), "PAYMENT_DECLINED");
    EXPECT_EQ(declined.error().detail(), "invalid_token");
}

TEST_P(PayOrderTest, an_outcome_that_nobody_knows_is_waited_for) {
    const auto id = new_order(replica_);
    const auto processing = run(pay(replica_, id, "tok_slow", {}, std::chrono::milliseconds{150}));
    ASSERT_TRUE(processing) << processing.error().detail();
    EXPECT_EQ(processing->status(), "pending");
    EXPECT_EQ(processing->payment_status(), "processing");
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "PAYMENT_IN_PROGRESS");
    payments_.settle(true);
    const auto paid = run(pay(replica_, id, "tok_slow"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->payment_status(), "paid");
    EXPECT_EQ(payments_.captures, 1);
}

TEST_P(PayOrderTest, a_late_decline_leaves_the_order_pending) {
    const auto id = new_order(replica_);
    std::ignore = run(pay(replica_, id, "tok_slow", {}, std::chrono::milliseconds{150}));
    payments_.settle(false);
    EXPECT_EQ(run(pay(replica_, id, "tok_slow")).error().reason(), "PAYMENT_DECLINED");
    EXPECT_EQ(order(id).status, Status::pending);
}

TEST_P(PayOrderTest, a_payment_is_voided_if_the_stock_was_sold_meanwhile) {
    const auto id = new_order(replica_);
    catalog_.reservations[id] = "expired";
    const auto refused = run(pay(replica_, id, "tok_ok"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(payments_.captures, 0);
    EXPECT_EQ(order(id).status, Status::pending);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_EQ(order(id).reason, "OUT_OF_STOCK");
}

TEST_P(PayOrderTest, a_capture_that_is_refused_leaves_an_order_that_can_be_canceled) {
    const auto id = new_order(replica_);
    payments_.captures_refused = true;
    const auto refused = run(pay(replica_, id, "tok_ok"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "PAYMENT_DECLINED");
    EXPECT_EQ(order(id).status, Status::confirmed);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_EQ(order(id).reason, "authorization_expired");
    EXPECT_EQ(run(fulfil(replica_, id)).error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(run(cancel(replica_, id))->status(), "canceled");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(stock(id), "restocked");
}

TEST_P(PayOrderTest, services_that_fail_and_lose_answers_are_asked_again) {
    for (int losses = 1; losses <= 4; ++losses) {
        const auto id = new_order(replica_);
        payments_.failures = 2;
        payments_.answers_lost = losses;
        catalog_.answers_lost = losses;
        const auto paid = run(pay(replica_, id, "tok_ok"));
        ASSERT_TRUE(paid) << paid.error().detail();
        EXPECT_EQ(paid->payment_status(), "paid");
        EXPECT_EQ(payments_.captures, losses);
        EXPECT_EQ(stock(id), "committed");
    }
}

TEST_P(PayOrderTest, what_cannot_be_paid_is_refused_and_nothing_changes) {
    const std::string nobody = "0190b6a0-0000-7000-8000-000000000009";
    EXPECT_EQ(run(pay(replica_, nobody, "tok_ok")).error().reason(), "ORDER_NOT_FOUND");
    EXPECT_EQ(run(pay(replica_, "none", "tok_ok")).error().reason(), "ORDER_NOT_FOUND");
    const auto canceled = new_order(replica_);
    ASSERT_TRUE(run(cancel(replica_, canceled)));
    EXPECT_EQ(run(pay(replica_, canceled, "tok_ok")).error().reason(), "ILLEGAL_TRANSITION");
    const auto paid = new_order(replica_);
    ASSERT_TRUE(run(pay(replica_, paid, "tok_ok")));
    EXPECT_EQ(run(pay(replica_, paid, "tok_ok_2")).error().reason(), "ORDER_PAID");
    const auto open = new_order(replica_);
    EXPECT_EQ(run(pay(replica_, open, "")).error().reason(), "INVALID_FIELD");
    EXPECT_EQ(run(pay(replica_, open, "tok_ok", "tomorrow")).error().reason(), "INVALID_FIELD");
    for (const auto* number : {"4111 1111 1111 1111", "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１"}) {
        EXPECT_EQ(run(pay(replica_, open, number)).error().reason(), "CARD_NUMBER_REFUSED") << number;
        EXPECT_EQ(run(fulfil(replica_, open, number)).error().reason(), "CARD_NUMBER_REFUSED") << number;
    }
    EXPECT_EQ(order(open).version, 1);
    EXPECT_EQ(payments_.payments.size(), 1U);
}

TEST_P(PayOrderTest, an_order_whose_window_is_over_cannot_be_paid) {
    const auto id = new_order(replica_);
    clock_.ahead = kPaymentWindow;
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(order(id).version, 1);
}

TEST(Payment, is_read_back_as_it_was_stored) {
    const Payment payment{.order_id = *OrderId::parse("0190b6a0-0000-7000-8000-000000000001"),
                          .user_id = *UserId::parse("0190b6a0-0000-7000-8000-000000000002"),
                          .amount = Money{1999, *Currency::parse("EUR")},
                          .attempt = 3,
                          .capture = Capture::on_fulfilment,
                          .started_at = Timestamp::from_unix_micros(17),
                          .token = "tok with a space\nand \u00e4"};
    using Codec = durable::Codec<Payment>;
    EXPECT_EQ(Codec::encode(Codec::decode(Codec::encode(payment))), Codec::encode(payment));
    EXPECT_EQ(Codec::decode(Codec::encode(payment)).token, payment.token);
    EXPECT_EQ(Codec::encode(payment).find("tok"), std::string::npos);
    EXPECT_THROW(Codec::decode("no payment"), durable::Unreadable);
}

TEST(PayFlowId, is_that_of_the_token_and_does_not_show_it) {
    const auto id = *OrderId::parse("0190b6a0-0000-7000-8000-000000000001");
    EXPECT_EQ(pay_flow_id(id, "tok_ok"), pay_flow_id(id, "tok_ok"));
    EXPECT_NE(pay_flow_id(id, "tok_ok"), pay_flow_id(id, "tok_declined"));
    EXPECT_EQ(pay_flow_id(id, "tok_ok").size(), 4U + 36U + 1U + 32U);
    EXPECT_EQ(pay_flow_id(id, "tok_ok").find("tok_ok"), std::string::npos);
}

}  // namespace
}  // namespace tw::order
