#include "services/order/order_expiry.hpp"
#include "services/order/orders_fixture.hpp"

// What customers, staff and the expiry do to an order at the same time, in both orders of events.
namespace tw::order {
namespace {

/// How long a caller waits who is to give up before the flow has ended. It answers in half of this
/// time, and has the other half for that on a busy machine.
constexpr std::chrono::milliseconds kWaitMax{400};

class OrderRacesTest : public OrdersTest {
 protected:
    void sweep() { std::ignore = run(expiry_.sweep(db_.context())); }
    /// Runs another call within the next call of a service, and keeps what it answered.
    std::function<Task<void>()> meanwhile(std::function<Task<Result<::order::Order>>()> call) {
        return [this, call = std::move(call)] { return keep(call); };
    }
    Task<void> keep(std::function<Task<Result<::order::Order>>()> call) {
        auto calling = call();
        other_ = co_await std::move(calling);
    }

    OrderExpiry expiry_{db_.loop(), replica_.parts(), replica_.flows(), std::chrono::hours{1}};
    std::optional<Result<::order::Order>> other_;
};

INSTANTIATE_TEST_SUITE_P(Engines, OrderRacesTest, testing::ValuesIn(test::kDatabases));

TEST_P(OrderRacesTest, two_payments_with_the_same_token_at_once_are_one) {
    auto& second = add_replica();
    second.start();
    const auto id = new_order(replica_);
    auto both_calls = both(pay(replica_, id, "tok_ok"), pay(second, id, "tok_ok"));
    const auto [one, two] = run(std::move(both_calls));
    ASSERT_TRUE(one) << one.error().detail();
    ASSERT_TRUE(two) << two.error().detail();
    EXPECT_EQ(one->payment_status(), "paid");
    EXPECT_EQ(two->payment_status(), "paid");
    EXPECT_EQ(payments_.payments.size(), 1U);
    EXPECT_EQ(payments_.captures, 1);
}

TEST_P(OrderRacesTest, of_two_payments_with_different_tokens_the_second_waits_for_its_turn) {
    const auto id = new_order(replica_);
    payments_.while_creating = meanwhile([&] { return pay(replica_, id, "tok_ok_2"); });
    const auto paid = run(pay(replica_, id, "tok_declined"));
    EXPECT_EQ(paid.error().reason(), "PAYMENT_DECLINED");
    ASSERT_TRUE(other_);
    EXPECT_EQ(other_->error().reason(), "PAYMENT_IN_PROGRESS");
    EXPECT_TRUE(other_->error().retryable());
    EXPECT_EQ(run(pay(replica_, id, "tok_ok_2"))->payment_status(), "paid");
    EXPECT_EQ(payments_.captures, 1);
}

TEST_P(OrderRacesTest, a_payment_that_is_under_way_when_the_order_is_canceled_is_voided) {
    const auto id = new_order(replica_);
    payments_.while_creating = meanwhile([&] { return cancel(replica_, id, kWaitMax); });
    const auto paid = run(pay(replica_, id, "tok_ok"));
    EXPECT_EQ(paid.error().reason(), "ILLEGAL_TRANSITION");
    ASSERT_TRUE(other_ && *other_);
    EXPECT_EQ((*other_)->status(), "canceling");
    EXPECT_TRUE(run(until_settled(id, Status::canceled)));
    EXPECT_EQ(payments_.count("canceled"), 1);
    EXPECT_EQ(payments_.captures, 0);
    EXPECT_EQ(stock(id), "restocked");
    EXPECT_EQ(order(id).reason, "changed my mind");
}

TEST_P(OrderRacesTest, a_canceled_order_cannot_be_paid_also_while_it_is_canceling) {
    const auto id = new_order(replica_);
    catalog_.release_error = unavailable("the catalogue is away");
    const auto canceling = run(cancel(replica_, id, kWaitMax));
    ASSERT_TRUE(canceling);
    EXPECT_EQ(canceling->status(), "canceling");
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "ILLEGAL_TRANSITION");
    catalog_.release_error.reset();
    EXPECT_EQ(run(cancel(replica_, id))->status(), "canceled");
    EXPECT_TRUE(payments_.payments.empty());
    EXPECT_EQ(stock(id), "released");
}

TEST_P(OrderRacesTest, an_order_that_is_being_captured_is_not_canceled) {
    const auto id = new_order(replica_);
    payments_.while_capturing = meanwhile([&] { return cancel(replica_, id, kWaitMax); });
    const auto paid = run(pay(replica_, id, "tok_ok"));
    EXPECT_EQ(paid->payment_status(), "paid");
    ASSERT_TRUE(other_);
    EXPECT_EQ(other_->error().reason(), "PAYMENT_IN_PROGRESS");
    EXPECT_EQ(run(cancel(replica_, id)).error().reason(), "PAYMENT_CAPTURED");
    EXPECT_EQ(order(id).status, Status::confirmed);
    EXPECT_EQ(stock(id), "committed");
}

TEST_P(OrderRacesTest, a_cancellation_waits_for_the_capture_and_is_refused_then) {
    auto& second = add_replica();
    second.start();
    const auto id = new_order(replica_);
    std::optional<Result<::order::Order>> canceled;
    Gate gate;
    payments_.while_capturing = [&]() -> Task<void> {
        const auto waiting = [](OrderRacesTest& test, OrderReplica& at, std::string order,
                                std::optional<Result<::order::Order>>& answer) -> Task<void> {
            answer = co_await test.cancel(at, std::move(order));
        };
        spawn(gate, waiting(*this, second, id, canceled));
        std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{30});
    };
    ASSERT_TRUE(run(pay(replica_, id, "tok_ok")));
    while (!canceled) std::ignore = run(sleep_for(db_.context(), std::chrono::milliseconds{1}));
    EXPECT_EQ(canceled->error().reason(), "PAYMENT_CAPTURED");
}

TEST_P(OrderRacesTest, an_authorized_order_that_is_canceled_gives_back_payment_and_stock) {
    const auto id = new_order(replica_);
    ASSERT_TRUE(run(pay(replica_, id, "tok_ok", "on_fulfilment")));
    const auto canceled = run(cancel(replica_, id));
    ASSERT_TRUE(canceled) << canceled.error().detail();
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(canceled->payment_status(), "none");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(stock(id), "restocked");
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "ILLEGAL_TRANSITION");
}

TEST_P(OrderRacesTest, two_cancellations_at_once_are_one) {
    auto& second = add_replica();
    second.start();
    const auto id = new_order(replica_);
    auto both_calls = both(cancel(replica_, id), cancel(second, id));
    const auto [one, two] = run(std::move(both_calls));
    ASSERT_TRUE(one) << one.error().detail();
    ASSERT_TRUE(two) << two.error().detail();
    EXPECT_EQ(one->version(), 3);
    EXPECT_EQ(two->version(), 3);
    EXPECT_EQ(catalog_.released.size(), 1U);
    EXPECT_THAT(events(id), testing::ElementsAre("order.created", "order.canceling", "order.canceled"));
}

TEST_P(OrderRacesTest, an_order_that_is_being_paid_does_not_expire) {
    const auto id = new_order(replica_);
    payments_.while_creating = [&]() -> Task<void> {
        clock_.ahead = kPaymentWindow + std::chrono::seconds{1};
        std::ignore = co_await expiry_.sweep(db_.context());
    };
    const auto paid = run(pay(replica_, id, "tok_ok"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->payment_status(), "paid");
    sweep();
    EXPECT_EQ(order(id).status, Status::confirmed);
}

TEST_P(OrderRacesTest, an_expired_order_gives_its_stock_back_and_cannot_be_paid) {
    const auto id = new_order(replica_);
    sweep();
    EXPECT_EQ(order(id).status, Status::pending);
    clock_.ahead = kPaymentWindow + std::chrono::seconds{1};
    sweep();
    EXPECT_EQ(order(id).status, Status::expired);
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "ILLEGAL_TRANSITION");
    while (stock(id) != "released") std::ignore = run(sleep_for(db_.context(), std::chrono::milliseconds{1}));
    EXPECT_THAT(events(id), testing::ElementsAre("order.created", "order.expired"));
    EXPECT_EQ(run(cancel(replica_, id)).error().reason(), "ILLEGAL_TRANSITION");
}

TEST_P(OrderRacesTest, replicas_that_sweep_at_once_expire_an_order_once) {
    auto& second = add_replica();
    OrderExpiry other{db_.loop(), second.parts(), second.flows(), std::chrono::hours{1}};
    const auto id = new_order(replica_);
    clock_.ahead = kPaymentWindow + std::chrono::seconds{1};
    auto both_sweeps = both(expiry_.sweep(db_.context()), other.sweep(db_.context()));
    std::ignore = run(std::move(both_sweeps));
    EXPECT_EQ(order(id).version, 2);
    EXPECT_EQ(order(id).status, Status::expired);
}

TEST_P(OrderRacesTest, a_late_authorization_whose_stock_was_sold_is_voided_and_the_order_expires) {
    const auto id = new_order(replica_);
    EXPECT_EQ(run(pay(replica_, id, "tok_slow", {}, kWaitMax))->payment_status(), "processing");
    clock_.ahead = kPaymentWindow + std::chrono::minutes{6};
    sweep();
    EXPECT_EQ(order(id).status, Status::pending) << "a payment is under way";
    catalog_.reservations[id] = "expired";
    payments_.settle(true);
    EXPECT_EQ(run(pay(replica_, id, "tok_slow")).error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(payments_.voids, 1);
    sweep();
    EXPECT_EQ(order(id).status, Status::expired);
    EXPECT_EQ(payments_.captures, 0);
}

TEST_P(OrderRacesTest, a_late_authorization_whose_stock_is_still_held_pays_the_order) {
    const auto id = new_order(replica_);
    std::ignore = run(pay(replica_, id, "tok_slow", {}, kWaitMax));
    clock_.ahead = kPaymentWindow + std::chrono::minutes{1};
    payments_.settle(true);
    EXPECT_EQ(run(pay(replica_, id, "tok_slow"))->payment_status(), "paid");
    EXPECT_EQ(stock(id), "committed");
}

TEST_P(OrderRacesTest, a_hold_that_expires_while_it_is_committed_voids_the_payment) {
    const auto id = new_order(replica_);
    catalog_.while_committing = [&]() -> Task<void> {
        catalog_.reservations[id] = "expired";
        co_return;
    };
    EXPECT_EQ(run(pay(replica_, id, "tok_ok")).error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(order(id).status, Status::pending);
}

}  // namespace
}  // namespace tw::order
