#include "services/order/flows/cancel_order.hpp"
#include "services/order/flows/expire_order.hpp"
#include "services/order/flows/fulfil_order.hpp"
#include "services/order/flows/pay_order.hpp"
#include "services/order/order_expiry.hpp"
#include "services/order/orders_fixture.hpp"

// An operator cancels a flow of an order. The order is left so that it can be paid, canceled and
// fulfilled, and the shop has no money for it that the order does not show.
namespace tw::order {
namespace {

using testing::ElementsAre;

class CanceledFlowsTest : public OrdersTest {
 protected:
    CanceledFlowsTest() : other_{add_replica()} { other_.start(); }

    Task<bool> cancel_flow(std::string id) {
        const auto canceled = co_await replica_.flows().store().cancel(db_.context(), id, clock_.now());
        co_return canceled && *canceled;
    }
    Task<bool> cancel_pay_flow(std::string order) { return cancel_flow(pay_flow_id(*OrderId::parse(order), "tok_ok")); }
    /// Cancels the flow that pays the order, and waits until another replica has ended it.
    std::function<Task<void>()> cancel_meanwhile(std::string order, Status status, bool* held = nullptr) {
        return [this, order = std::move(order), status, held]() -> Task<void> {
            const bool canceled = co_await cancel_pay_flow(order);
            const bool settled = co_await until_settled(order, status);
            if (held != nullptr) *held = canceled && settled;
        };
    }
    /// Expires the order, and returns whether its flow ends.
    bool expires(const std::string& id) {
        clock_.ahead = kPaymentWindow + std::chrono::minutes{1};
        OrderExpiry expiry{db_.loop(), replica_.parts(), replica_.flows(), std::chrono::seconds{1}};
        std::ignore = run(expiry.sweep(db_.context()));
        const auto flow = expire_flow_id(*OrderId::parse(id));
        const auto ended = run(replica_.flows().wait<durable::Done>(db_.context(), flow, Deadline::never()));
        return ended && order(id).status == Status::expired;
    }

    OrderReplica& other_;
};

INSTANTIATE_TEST_SUITE_P(Engines, CanceledFlowsTest, testing::ValuesIn(test::kDatabases));

TEST_P(CanceledFlowsTest, a_payment_whose_outcome_is_unknown_is_voided_when_it_is_known) {
    const auto id = new_order(replica_);
    std::ignore = run(pay(replica_, id, "tok_slow", {}, std::chrono::milliseconds{150}));
    ASSERT_TRUE(run(cancel_flow(order(id).active_flow)));
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "PAYMENT_IN_PROGRESS");
    payments_.settle(true);
    ASSERT_TRUE(run(until_settled(id, Status::pending)));
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_EQ(order(id).reason, "FLOW_CANCELED");
    EXPECT_THAT(events(id), ElementsAre("order.created", "order.payment_started", "order.payment_failed"));
    // The token that was tried is not tried again.
    EXPECT_EQ(run(pay(replica_, id, "tok_slow")).error().reason(), "FLOW_CANCELED");
    const auto paid = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->payment_status(), "paid");
    EXPECT_EQ(payments_.captures, 1);
}

TEST_P(CanceledFlowsTest, a_payment_that_arrives_after_the_cancel_takes_no_money) {
    const auto id = new_order(replica_);
    bool held = false;
    payments_.while_creating = cancel_meanwhile(id, Status::pending, &held);
    std::ignore = run(pay(replica_, id, "tok_ok"));
    EXPECT_TRUE(held);
    EXPECT_EQ(payments_.count("canceled"), 1);
    EXPECT_EQ(payments_.payments.size(), 1U);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_TRUE(expires(id));
    EXPECT_EQ(stock(id), "released");
}

TEST_P(CanceledFlowsTest, stock_that_was_taken_before_the_cancel_comes_back_when_the_order_expires) {
    const auto id = new_order(replica_);
    catalog_.while_committing = [this, id]() -> Task<void> { std::ignore = co_await cancel_pay_flow(id); };
    std::ignore = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(run(until_settled(id, Status::pending)));
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(stock(id), "committed");
    EXPECT_TRUE(expires(id));
    EXPECT_EQ(stock(id), "restocked");
}

TEST_P(CanceledFlowsTest, a_confirmed_order_whose_payment_is_voided_can_be_canceled) {
    const auto id = new_order(replica_);
    bool held = false;
    payments_.while_capturing = cancel_meanwhile(id, Status::confirmed, &held);
    std::ignore = run(pay(replica_, id, "tok_ok"));
    EXPECT_TRUE(held);
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(payments_.captures, 0);
    EXPECT_EQ(order(id).payment_status, PaymentStatus::failed);
    EXPECT_EQ(run(cancel(replica_, id))->status(), "canceled");
    EXPECT_EQ(stock(id), "restocked");
}

TEST_P(CanceledFlowsTest, an_order_whose_payment_is_captured_already_is_paid) {
    const auto id = new_order(replica_);
    payments_.while_capturing = [this, id]() -> Task<void> {
        payments_.answers_lost = 1;
        std::ignore = co_await cancel_pay_flow(id);
    };
    std::ignore = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(run(until_settled(id, Status::confirmed)));
    EXPECT_EQ(order(id).payment_status, PaymentStatus::paid);
    EXPECT_EQ(payments_.captures, 1);
    EXPECT_EQ(payments_.voids, 0);
    EXPECT_EQ(run(pay(replica_, id, "tok_ok"))->payment_status(), "paid");
}

TEST_P(CanceledFlowsTest, an_order_that_is_being_canceled_goes_on_when_the_payment_is_ended) {
    const auto id = new_order(replica_);
    std::ignore = run(pay(replica_, id, "tok_slow", {}, std::chrono::milliseconds{150}));
    EXPECT_EQ(run(cancel(replica_, id, std::chrono::milliseconds{150}))->status(), "canceling");
    ASSERT_TRUE(run(cancel_flow(order(id).active_flow)));
    payments_.settle(true);
    ASSERT_TRUE(run(until_settled(id, Status::canceled)));
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(stock(id), "released");
}

TEST_P(CanceledFlowsTest, a_canceled_cancel_of_an_order_begins_anew) {
    const auto id = new_order(replica_);
    catalog_.release_error = Error{Code::unavailable, "AWAY", "the catalogue is away"};
    EXPECT_EQ(run(cancel(replica_, id, std::chrono::milliseconds{100}))->status(), "canceling");
    ASSERT_TRUE(run(cancel_flow(cancel_flow_id(*OrderId::parse(id)))));
    catalog_.release_error.reset();
    ASSERT_TRUE(run(until_settled(id, Status::canceled)));
    EXPECT_EQ(stock(id), "released");
    EXPECT_EQ(run(cancel(replica_, id))->status(), "canceled");
}

TEST_P(CanceledFlowsTest, a_canceled_expiry_returns_the_stock_nevertheless) {
    const auto id = new_order(replica_);
    catalog_.release_error = Error{Code::unavailable, "AWAY", "the catalogue is away"};
    clock_.ahead = kPaymentWindow + std::chrono::minutes{1};
    OrderExpiry expiry{db_.loop(), replica_.parts(), replica_.flows(), std::chrono::seconds{1}};
    std::ignore = run(expiry.sweep(db_.context()));
    const auto flow = expire_flow_id(*OrderId::parse(id));
    ASSERT_TRUE(run(cancel_flow(flow)));
    catalog_.release_error.reset();
    std::ignore = run(replica_.flows().wait<durable::Done>(db_.context(), flow, Deadline::never()));
    EXPECT_EQ(stock(id), "released");
}

TEST_P(CanceledFlowsTest, a_fulfilled_order_is_captured_although_its_flow_was_canceled) {
    const auto id = new_order(replica_);
    ASSERT_TRUE(run(pay(replica_, id, "tok_ok", "on_fulfilment")));
    const auto flow = fulfil_flow_id(*OrderId::parse(id), order(id).version);
    payments_.while_capturing = [this, flow]() -> Task<void> { std::ignore = co_await cancel_flow(flow); };
    std::ignore = run(fulfil(replica_, id));
    ASSERT_TRUE(run(until_settled(id, Status::fulfilled)));
    EXPECT_EQ(order(id).payment_status, PaymentStatus::paid);
    EXPECT_EQ(payments_.captures, 1);
}

}  // namespace
}  // namespace tw::order
