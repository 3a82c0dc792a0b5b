#include "services/catalog/stock_reservations.hpp"

#include "services/catalog/stock_reservations_fixture.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace tw::catalog {
namespace {

TEST_P(StockReservationsTest, items_are_counted_once_however_often_they_are_reserved_for_an_order) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}, {"prod-2", 1}}));
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}, {"prod-2", 1}}));
    EXPECT_FALSE(reserve(new_order(), {{"prod-1", 1'000'000}}));
    std::vector<telemetry::MetricPoint> points;
    db_.telemetry().meter.collect(points);
    const auto found = std::ranges::find(points, &kStockReserved, &telemetry::MetricPoint::instrument);
    ASSERT_NE(found, points.end());
    EXPECT_EQ(found->value, 4);
}

TEST_P(StockReservationsTest, a_reservation_has_names_and_prices) {
    const auto reserved = reserve(new_order(), {{"prod-1", 3}, {"prod-2", 1}});
    ASSERT_TRUE(reserved);
    EXPECT_EQ(reserved->status, ReservationStatus::held);
    EXPECT_EQ(reserved->expires_at, clock_.now() + kLifetime);
    ASSERT_EQ(reserved->lines.size(), 2u);
    EXPECT_EQ(reserved->lines[0].name, "Name of prod-1");
    EXPECT_EQ(reserved->lines[0].unit_price.minor(), 1990);
    EXPECT_EQ(stock("prod-1").reserved, 3);
    EXPECT_EQ(stock("prod-1").on_hand, 10);
    EXPECT_EQ(stock("prod-2").available(), 1);
}

TEST_P(StockReservationsTest, a_second_reservation_for_the_same_order_is_the_first) {
    const auto order = new_order();
    const auto first = reserve(order, {{"prod-1", 3}});
    const auto second = reserve(order, {{"prod-1", 3}});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(second->expires_at, first->expires_at);
    EXPECT_EQ(second->lines[0].name, first->lines[0].name);
    EXPECT_EQ(stock("prod-1").reserved, 3);
}

TEST_P(StockReservationsTest, the_same_order_cannot_reserve_something_else) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}}));
    const auto other = reserve(order, {{"prod-1", 4}});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason(), "RESERVATION_DIFFERS");
    EXPECT_EQ(stock("prod-1").reserved, 3);
}

TEST_P(StockReservationsTest, all_lines_are_reserved_or_none) {
    const auto refused = reserve(new_order(), {{"prod-1", 3}, {"prod-2", 3}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "OUT_OF_STOCK");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/lines/1/quantity"));
    EXPECT_THAT(refused.error().violations()[0].detail, testing::HasSubstr("prod-2"));
    EXPECT_EQ(stock("prod-1").reserved, 0);
    EXPECT_EQ(stock("prod-2").reserved, 0);
}

TEST_P(StockReservationsTest, lines_of_one_product_add_up) {
    ASSERT_TRUE(reserve(new_order(), {{"prod-1", 4}, {"prod-1", 6}}));
    EXPECT_EQ(stock("prod-1").available(), 0);
    const auto refused = reserve(new_order(), {{"prod-2", 1}, {"prod-2", 2}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/lines/1/quantity"));
}

TEST_P(StockReservationsTest, what_is_not_for_sale_is_not_found) {
    const auto refused = reserve(new_order(), {{"prod-none", 1}, {"prod-1", 1}, {"prod-draft", 1}, {"Not a slug", 1}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "PRODUCT_NOT_FOUND");
    EXPECT_THAT(pointers(refused.error()),
                testing::ElementsAre("/lines/0/product_id", "/lines/2/product_id", "/lines/3/product_id"));
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

TEST_P(StockReservationsTest, concurrent_reservations_never_oversell) {
    std::vector<Task<Result<Reservation>>> reserving;
    for (int i = 0; i < 25; ++i) {
        std::vector<LineRequest> lines{{"prod-1", 1}};
        reserving.push_back(reservations_.reserve(db_.context(), new_order(), std::move(lines), kLifetime));
    }
    const auto answers = db_.run(all(std::move(reserving)));
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.has_value(); }), 10);
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer || answer.error().reason() == "OUT_OF_STOCK");
    }
    EXPECT_EQ(stock("prod-1").reserved, 10);
    EXPECT_EQ(stock("prod-1").on_hand, 10);
}

TEST_P(StockReservationsTest, the_same_order_twice_at_once_is_one_reservation) {
    const auto order = new_order();
    std::vector<LineRequest> lines{{"prod-1", 2}};
    const auto answers = db_.run(both(reservations_.reserve(db_.context(), order, lines, kLifetime),
                                      reservations_.reserve(db_.context(), order, lines, kLifetime)));
    EXPECT_TRUE(answers.first);
    EXPECT_TRUE(answers.second);
    EXPECT_EQ(stock("prod-1").reserved, 2);
}

TEST_P(StockReservationsTest, stock_is_committed_once) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}, {"prod-1", 1}, {"prod-2", 2}}));
    for (int i = 0; i < 2; ++i) {
        const auto committed = end(order, ReservationEvent::commit);
        ASSERT_TRUE(committed);
        EXPECT_EQ(committed->status, ReservationStatus::committed);
        EXPECT_EQ(stock("prod-1").on_hand, 6);
        EXPECT_EQ(stock("prod-1").reserved, 0);
        EXPECT_EQ(stock("prod-2").on_hand, 0);
    }
}

TEST_P(StockReservationsTest, stock_is_released_once) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}, {"prod-1", 1}}));
    ASSERT_TRUE(reserve(new_order(), {{"prod-1", 1}}));
    for (int i = 0; i < 2; ++i) {
        const auto released = end(order, ReservationEvent::release);
        ASSERT_TRUE(released);
        EXPECT_EQ(released->status, ReservationStatus::released);
        EXPECT_EQ(stock("prod-1").on_hand, 10);
        EXPECT_EQ(stock("prod-1").reserved, 1);
    }
}

TEST_P(StockReservationsTest, what_has_ended_otherwise_is_closed) {
    const auto committed = new_order();
    ASSERT_TRUE(reserve(committed, {{"prod-1", 1}}) && end(committed, ReservationEvent::commit));
    EXPECT_EQ(end(committed, ReservationEvent::release).error().reason(), "RESERVATION_CLOSED");
    const auto released = new_order();
    ASSERT_TRUE(reserve(released, {{"prod-1", 1}}) && end(released, ReservationEvent::release));
    EXPECT_EQ(end(released, ReservationEvent::commit).error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(reserve(released, {{"prod-1", 1}}).error().reason(), "RESERVATION_CLOSED");
}

TEST_P(StockReservationsTest, an_order_without_reservation_is_not_found) {
    const auto missing = end(new_order(), ReservationEvent::commit);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), Code::not_found);
    EXPECT_EQ(missing.error().reason(), "RESERVATION_NOT_FOUND");
}

TEST_P(StockReservationsTest, a_reservation_expires_when_its_time_is_over_and_not_before) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}}));
    clock_.advance(kLifetime - std::chrono::seconds{1});
    EXPECT_EQ(expire(), 0);
    EXPECT_EQ(stock("prod-1").reserved, 3);
    clock_.advance(std::chrono::seconds{1});
    EXPECT_EQ(expire(), 1);
    EXPECT_EQ(stock("prod-1").reserved, 0);
    EXPECT_EQ(expire(), 0);
    EXPECT_EQ(end(order, ReservationEvent::commit).error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(end(order, ReservationEvent::release)->status, ReservationStatus::expired);
}

TEST_P(StockReservationsTest, what_was_committed_does_not_expire) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}}) && end(order, ReservationEvent::commit));
    clock_.advance(kLifetime * 2);
    EXPECT_EQ(expire(), 0);
    EXPECT_EQ(stock("prod-1").on_hand, 7);
}

TEST_P(StockReservationsTest, an_order_that_was_released_first_cannot_reserve_stock_afterwards) {
    const auto order = new_order();
    for (int i = 0; i < 2; ++i) {
        const auto released = end(order, ReservationEvent::release);
        ASSERT_TRUE(released);
        EXPECT_EQ(released->status, ReservationStatus::released);
        EXPECT_TRUE(released->lines.empty());
    }
    const auto late = reserve(order, {{"prod-1", 3}});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(stock("prod-1").reserved, 0);
    EXPECT_EQ(end(order, ReservationEvent::commit).error().reason(), "RESERVATION_CLOSED");
}

TEST_P(StockReservationsTest, a_reservation_that_is_repeated_after_it_has_expired_is_closed) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}}));
    clock_.advance(kLifetime);
    ASSERT_EQ(expire(), 1);
    const auto again = reserve(order, {{"prod-1", 3}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::failed_precondition);
    EXPECT_EQ(again.error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

TEST_P(StockReservationsTest, a_reservation_that_was_committed_is_the_answer_to_a_repeated_call) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-1", 3}}) && end(order, ReservationEvent::commit));
    const auto again = reserve(order, {{"prod-1", 3}});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, ReservationStatus::committed);
    EXPECT_EQ(stock("prod-1").on_hand, 7);
}

TEST_P(StockReservationsTest, a_repeated_call_has_the_same_answer_although_the_product_is_sold_out) {
    const auto order = new_order();
    ASSERT_TRUE(reserve(order, {{"prod-2", 2}}));
    EXPECT_TRUE(reserve(order, {{"prod-2", 2}}));
    EXPECT_EQ(reserve(new_order(), {{"prod-2", 1}}).error().reason(), "OUT_OF_STOCK");
}

TEST_P(StockReservationsTest, what_is_sold_out_is_refused_without_a_write) {
    ASSERT_TRUE(reserve(new_order(), {{"prod-2", 2}}));
    const auto before = db_.store().stats();
    EXPECT_EQ(reserve(new_order(), {{"prod-1", 1}, {"prod-2", 1}}).error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(db_.store().stats().units, before.units);
    std::vector<Task<Result<Reservation>>> reserving;
    for (int i = 0; i < 10; ++i) {
        std::vector<LineRequest> lines{{i < 5 ? "prod-1" : "prod-2", 1}};
        reserving.push_back(reservations_.reserve(db_.context(), new_order(), std::move(lines), kLifetime));
    }
    const auto answers = db_.run(all(std::move(reserving)));
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.has_value(); }), 5);
    // The calls that succeed share their commits, since the others write nothing.
    EXPECT_EQ(db_.store().stats().units, before.units + 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, StockReservationsTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
