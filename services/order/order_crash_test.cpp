#include "kit/sql/database_decorator.hpp"
#include "services/order/orders_fixture.hpp"

#include <tuple>

// A replica dies after each of its writes, with and without effect of the last one. Another replica
// finishes what it began.
namespace tw::order {
namespace {

/// A database from which a replica is cut off, as if it had died, at a write with this number.
class DyingDatabase final : public sql::DatabaseDecorator {
 public:
    explicit DyingDatabase(sql::Database& behind) : DatabaseDecorator{behind} {}

    void die_at(int write, bool done) {
        writes_left_ = write;
        last_is_done_ = done;
    }
    void revive() { writes_left_ = -1; }
    bool dead() const { return writes_left_ == 0; }

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        if (dead()) co_return gone();
        if (writes_left_ < 0) co_return co_await behind().write(ctx, std::move(unit));
        --writes_left_;
        if (!dead()) co_return co_await behind().write(ctx, std::move(unit));
        if (last_is_done_) std::ignore = co_await behind().write(ctx, std::move(unit));
        co_return gone();
    }

 private:
    static Error gone() { return unavailable("the connection is lost").with_outcome_open(true); }

    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        if (dead()) co_return gone();
        co_return co_await DatabaseDecorator::do_query_row(ctx, statement, std::move(parameters));
    }
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        if (dead()) co_return gone();
        co_return co_await DatabaseDecorator::do_query(ctx, statement, std::move(parameters));
    }

    int writes_left_ = -1;
    bool last_is_done_ = false;
};

/// The parameters are the write at which the replica dies, and whether that write takes effect.
class OrderCrashTest : public testing::TestWithParam<std::tuple<std::string_view, int, bool>>, public OrdersFixture {
 protected:
    OrderCrashTest() : OrdersFixture{std::get<0>(GetParam())}, first_{add_replica(dying_)}, second_{add_replica()} {}
    ~OrderCrashTest() override {
        // With its database, the first replica finds out that it has lost its flows.
        dying_.revive();
        stop_replicas();
    }

    void die() { dying_.die_at(std::get<1>(GetParam()), std::get<2>(GetParam())); }

    DyingDatabase dying_{db_.database()};
    OrderReplica& first_;
    OrderReplica& second_;
};

INSTANTIATE_TEST_SUITE_P(Writes, OrderCrashTest,
                         testing::Combine(testing::ValuesIn(test::kDatabases), testing::Values(1, 2, 3), testing::Bool()));

TEST_P(OrderCrashTest, a_payment_is_finished_once_by_another_replica) {
    const auto id = new_order(second_);
    die();
    std::ignore = run(pay(first_, id, "tok_ok", {}, std::chrono::milliseconds{100}));
    second_.start();
    const auto paid = run(pay(second_, id, "tok_ok"));
    ASSERT_TRUE(paid) << paid.error().detail();
    EXPECT_EQ(paid->payment_status(), "paid");
    EXPECT_EQ(payments_.captures, 1);
    EXPECT_EQ(payments_.payments.size(), 1U);
    EXPECT_EQ(stock(id), "committed");
    EXPECT_THAT(events(id), testing::ElementsAre("order.created", "order.payment_started", "order.confirmed", "order.paid"));
}

TEST_P(OrderCrashTest, a_declined_payment_is_declined_by_another_replica) {
    const auto id = new_order(second_);
    die();
    std::ignore = run(pay(first_, id, "tok_declined", {}, std::chrono::milliseconds{100}));
    second_.start();
    EXPECT_EQ(run(pay(second_, id, "tok_declined")).error().reason(), "PAYMENT_DECLINED");
    EXPECT_EQ(order(id).status, Status::pending);
    EXPECT_EQ(order(id).active_flow, "");
    EXPECT_EQ(payments_.payments.size(), 1U);
}

TEST_P(OrderCrashTest, a_payment_without_stock_is_voided_by_another_replica) {
    const auto id = new_order(second_);
    catalog_.reservations[id] = "expired";
    die();
    std::ignore = run(pay(first_, id, "tok_ok", {}, std::chrono::milliseconds{100}));
    second_.start();
    EXPECT_EQ(run(pay(second_, id, "tok_ok")).error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(payments_.captures, 0);
    EXPECT_EQ(order(id).status, Status::pending);
}

TEST_P(OrderCrashTest, a_cancellation_is_finished_by_another_replica) {
    const auto id = new_order(second_);
    second_.start();
    ASSERT_TRUE(run(pay(second_, id, "tok_ok", "on_fulfilment")));
    die();
    std::ignore = run(cancel(first_, id, std::chrono::milliseconds{100}));
    const auto canceled = run(cancel(second_, id));
    ASSERT_TRUE(canceled) << canceled.error().detail();
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(payments_.voids, 1);
    EXPECT_EQ(stock(id), "restocked");
}

TEST_P(OrderCrashTest, a_capture_on_fulfilment_is_finished_by_another_replica) {
    const auto id = new_order(second_);
    second_.start();
    ASSERT_TRUE(run(pay(second_, id, "tok_ok", "on_fulfilment")));
    die();
    std::ignore = run(fulfil(first_, id));
    EXPECT_TRUE(run(fulfil(second_, id)));
    EXPECT_TRUE(run(until_settled(id, Status::fulfilled)));
    EXPECT_EQ(order(id).payment_status, PaymentStatus::paid);
    EXPECT_EQ(payments_.captures, 1);
}

}  // namespace
}  // namespace tw::order
