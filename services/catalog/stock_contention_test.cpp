// Several callers use one reservation at the same time, and sweeps run at the same time.
#include "services/catalog/stock_reservations_fixture.hpp"

namespace tw::catalog {
namespace {

class StockContentionTest : public StockReservationsTest {};

TEST_P(StockContentionTest, a_reservation_and_its_release_at_once_leave_nothing_reserved) {
    for (int i = 0; i < 20; ++i) {
        const auto order = new_order();
        const auto answers = db_.run(both(reservations_.end(db_.context(), order, ReservationEvent::release),
                                          reservations_.reserve(db_.context(), order, {{"prod-1", 1}}, kLifetime)));
        EXPECT_TRUE(answers.first);
        // Whichever call came first, the order is closed, or its stock was released.
        EXPECT_TRUE(answers.second || answers.second.error().reason() == "RESERVATION_CLOSED");
        EXPECT_EQ(end(order, ReservationEvent::release)->status, ReservationStatus::released);
    }
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

TEST_P(StockContentionTest, two_that_end_the_same_reservation_at_once_move_its_stock_once) {
    for (const auto event : {ReservationEvent::release, ReservationEvent::commit}) {
        const auto order = new_order();
        ASSERT_TRUE(reserve(order, {{"prod-1", 2}}));
        const auto before = stock("prod-1");
        const auto answers =
            db_.run(both(reservations_.end(db_.context(), order, event), reservations_.end(db_.context(), order, event)));
        EXPECT_TRUE(answers.first);
        EXPECT_TRUE(answers.second);
        EXPECT_EQ(stock("prod-1").reserved, before.reserved - 2);
        EXPECT_EQ(stock("prod-1").on_hand, event == ReservationEvent::commit ? before.on_hand - 2 : before.on_hand);
    }
}

TEST_P(StockContentionTest, a_commit_and_a_release_at_once_move_the_stock_once) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 2}}));
    const auto answers = db_.run(both(reservations_.end(db_.context(), order, ReservationEvent::commit),
                                      reservations_.end(db_.context(), order, ReservationEvent::release)));
    EXPECT_NE(answers.first.has_value(), answers.second.has_value());
    EXPECT_EQ(stock("prod-1").reserved, 0);
    EXPECT_EQ(stock("prod-1").on_hand, answers.first ? 8 : 10);
}

TEST_P(StockContentionTest, one_sweep_ends_more_reservations_than_one_commit_takes) {
    constexpr int kReservations = 1'100;
    std::vector<Task<Result<void>>> reserving;
    const auto now = clock_.now();
    const ProductId id = *ProductId::parse("prod-1");
    ASSERT_TRUE(db_.run(products_.adjust(
        db_.context(), {.id = random_.uuid_v7(now), .product_id = id, .delta = kReservations, .reason = "", .created_at = now})));
    for (int i = 0; i < kReservations; ++i) {
        const ReservedLine line{.product_id = id, .quantity = 1, .name = "Cup", .unit_price = Money{1, *Currency::parse("EUR")}};
        reserving.push_back(reservation_store_.reserve(db_.context(), {.order_id = new_order(),
                                                                       .lines = {line},
                                                                       .status = ReservationStatus::held,
                                                                       .expires_at = now + kLifetime,
                                                                       .created_at = now,
                                                                       .updated_at = now}));
    }
    for (const auto& reserved : db_.run(all(std::move(reserving)))) ASSERT_TRUE(reserved);
    EXPECT_EQ(stock("prod-1").reserved, kReservations);
    clock_.advance(kLifetime);
    const auto before = db_.store().stats().commits;
    EXPECT_EQ(expire(), kReservations);
    EXPECT_EQ(stock("prod-1").reserved, 0);
    // How many units share a commit depends on timing. It would be a fault if each had its own.
    EXPECT_LT(db_.store().stats().commits - before, kReservations / 10);
}

TEST_P(StockContentionTest, two_sweeps_at_once_end_each_reservation_once) {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(reserve(new_order(), {{"prod-1", 1}}));
    clock_.advance(kLifetime);
    const auto swept = db_.run(both(reservations_.expire_overdue(db_.context()), reservations_.expire_overdue(db_.context())));
    ASSERT_TRUE(swept.first && swept.second);
    EXPECT_EQ(swept.first->expired + swept.second->expired, 8);
    EXPECT_EQ(swept.first->failed + swept.second->failed, 0);
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, StockContentionTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
