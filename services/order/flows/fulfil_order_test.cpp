#include "services/order/flows/fulfil_order.hpp"

#include "services/order/orders_fixture.hpp"

namespace tw::order {
namespace {

class FulfilOrderTest : public OrdersTest {
 protected:
    std::string confirmed(std::string capture) {
        const auto id = new_order(replica_);
        EXPECT_TRUE(run(pay(replica_, id, "tok_ok", std::move(capture))));
        return id;
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, FulfilOrderTest, testing::ValuesIn(test::kDatabases));

TEST_P(FulfilOrderTest, the_payment_is_captured_when_the_goods_leave) {
    const auto id = confirmed("on_fulfilment");
    const auto fulfilled = run(fulfil(replica_, id, "parcel 4711"));
    ASSERT_TRUE(fulfilled) << fulfilled.error().detail();
    EXPECT_EQ(fulfilled->status(), "fulfilled");
    EXPECT_EQ(fulfilled->payment_status(), "paid");
    EXPECT_EQ(fulfilled->tracking(), "parcel 4711");
    EXPECT_EQ(payments_.captures, 1);
    const auto again = run(fulfil(replica_, id, "parcel 4711"));
    EXPECT_EQ(again->version(), fulfilled->version());
    EXPECT_EQ(run(fulfil(replica_, id, "another parcel")).error().reason(), "ILLEGAL_TRANSITION");
}

TEST_P(FulfilOrderTest, an_order_that_is_paid_is_fulfilled_and_completed_without_another_service) {
    const auto id = confirmed("automatic");
    const auto calls = payments_.calls;
    EXPECT_EQ(run(fulfil(replica_, id))->status(), "fulfilled");
    const auto completed = run(complete(replica_, id));
    ASSERT_TRUE(completed) << completed.error().detail();
    EXPECT_EQ(completed->status(), "completed");
    EXPECT_EQ(run(complete(replica_, id))->version(), completed->version());
    EXPECT_EQ(payments_.calls, calls);
    EXPECT_THAT(events(id), testing::ElementsAre("order.created", "order.payment_started", "order.confirmed", "order.paid",
                                                 "order.fulfilled", "order.completed"));
}

TEST_P(FulfilOrderTest, a_capture_that_is_refused_is_shown_and_can_be_tried_again) {
    const auto id = confirmed("on_fulfilment");
    payments_.captures_refused = true;
    const auto fulfilled = run(fulfil(replica_, id));
    ASSERT_TRUE(fulfilled);
    EXPECT_EQ(fulfilled->status(), "fulfilled");
    EXPECT_EQ(fulfilled->payment_status(), "failed");
    EXPECT_EQ(fulfilled->reason(), "authorization_expired");
    EXPECT_EQ(run(complete(replica_, id)).error().reason(), "ILLEGAL_TRANSITION");
    payments_.captures_refused = false;
    EXPECT_EQ(run(fulfil(replica_, id))->payment_status(), "paid");
    EXPECT_EQ(run(complete(replica_, id))->status(), "completed");
}

TEST_P(FulfilOrderTest, what_cannot_be_fulfilled_or_completed_is_refused) {
    const auto pending = new_order(replica_);
    EXPECT_EQ(run(fulfil(replica_, pending)).error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(run(complete(replica_, pending)).error().reason(), "ILLEGAL_TRANSITION");
    const auto id = confirmed("automatic");
    EXPECT_EQ(run(fulfil(replica_, id, "parcel 1", 1)).error().reason(), "VERSION_MISMATCH");
    EXPECT_EQ(run(fulfil(replica_, "none")).error().reason(), "ORDER_NOT_FOUND");
    EXPECT_EQ(run(complete(replica_, "none")).error().reason(), "ORDER_NOT_FOUND");
    EXPECT_EQ(order(id).status, Status::confirmed);
}

}  // namespace
}  // namespace tw::order
