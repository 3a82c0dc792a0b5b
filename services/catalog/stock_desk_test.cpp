#include "services/catalog/stock_desk.hpp"

#include "kit/async/combine.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/schema.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

constexpr std::chrono::seconds kLifetime{60};

class StockDeskTest : public testing::TestWithParam<std::string_view> {
 protected:
    void SetUp() override {
        std::vector<Product> products{product("prod-1", ProductStatus::active, 10), product("prod-2", ProductStatus::active, 2),
                                      product("prod-draft", ProductStatus::draft, 10)};
        ASSERT_TRUE(db_.run(products_.insert(db_.context(), std::move(products))));
    }
    Product product(std::string_view id, ProductStatus status, std::int64_t on_hand) {
        return {.id = *ProductId::parse(id),
                .name = "Name of " + std::string{id},
                .description = "",
                .price = Money{1990, *Currency::parse("EUR")},
                .status = status,
                .stock = {.on_hand = on_hand, .reserved = 0},
                .created_at = clock_.now(),
                .updated_at = clock_.now()};
    }
    OrderId new_order() { return OrderId{random_.uuid_v7(clock_.now())}; }
    Result<Reservation> hold(OrderId order, std::vector<LineRequest> lines) {
        return db_.run(desk_.hold(db_.context(), order, std::move(lines), kLifetime));
    }
    Result<Reservation> end(OrderId order, ReservationEvent event) { return db_.run(desk_.end(db_.context(), order, event)); }
    int expire() { return db_.run(desk_.expire_overdue(db_.context())).value(); }
    Stock stock(std::string_view id) { return (*db_.run(products_.find(db_.context(), *ProductId::parse(id))))->stock; }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    test::FakeClock clock_;
    Random random_{1};
    ProductStore products_{db_.database()};
    ReservationStore reservations_{db_.database()};
    StockDesk desk_{products_, reservations_, clock_, db_.telemetry().meter};
};

TEST_P(StockDeskTest, ItemsAreCountedAsReservedOnceHoweverOftenTheHoldIsAskedFor) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}, {"prod-2", 1}}));
    ASSERT_TRUE(hold(order, {{"prod-1", 3}, {"prod-2", 1}}));
    EXPECT_FALSE(hold(new_order(), {{"prod-1", 1'000'000}}));
    std::vector<telemetry::MetricPoint> points;
    db_.telemetry().meter.collect(points);
    const auto found = std::ranges::find(points, &kStockReserved, &telemetry::MetricPoint::instrument);
    ASSERT_NE(found, points.end());
    EXPECT_EQ(found->value, 4);
}

TEST_P(StockDeskTest, AHoldBearsNamesAndPrices) {
    const auto held = hold(new_order(), {{"prod-1", 3}, {"prod-2", 1}});
    ASSERT_TRUE(held);
    EXPECT_EQ(held->status, ReservationStatus::held);
    EXPECT_EQ(held->expires_at, clock_.now() + kLifetime);
    ASSERT_EQ(held->lines.size(), 2u);
    EXPECT_EQ(held->lines[0].name, "Name of prod-1");
    EXPECT_EQ(held->lines[0].unit_price.minor(), 1990);
    EXPECT_EQ(stock("prod-1").reserved, 3);
    EXPECT_EQ(stock("prod-1").on_hand, 10);
    EXPECT_EQ(stock("prod-2").available(), 1);
}

TEST_P(StockDeskTest, ASecondHoldForTheSameOrderIsTheFirst) {
    const auto order = new_order();
    const auto first = hold(order, {{"prod-1", 3}});
    const auto second = hold(order, {{"prod-1", 3}});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(second->expires_at, first->expires_at);
    EXPECT_EQ(second->lines[0].name, first->lines[0].name);
    EXPECT_EQ(stock("prod-1").reserved, 3);
}

TEST_P(StockDeskTest, TheSameOrderCannotHoldSomethingElse) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}}));
    const auto other = hold(order, {{"prod-1", 4}});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason(), "RESERVATION_DIFFERS");
    EXPECT_EQ(stock("prod-1").reserved, 3);
}

TEST_P(StockDeskTest, AllLinesAreHeldOrNone) {
    const auto refused = hold(new_order(), {{"prod-1", 3}, {"prod-2", 3}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "OUT_OF_STOCK");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/lines/1/quantity"));
    EXPECT_THAT(refused.error().violations()[0].detail, testing::HasSubstr("prod-2"));
    EXPECT_EQ(stock("prod-1").reserved, 0);
    EXPECT_EQ(stock("prod-2").reserved, 0);
}

TEST_P(StockDeskTest, LinesOfOneProductAddUp) {
    ASSERT_TRUE(hold(new_order(), {{"prod-1", 4}, {"prod-1", 6}}));
    EXPECT_EQ(stock("prod-1").available(), 0);
    const auto refused = hold(new_order(), {{"prod-2", 1}, {"prod-2", 2}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/lines/1/quantity"));
}

TEST_P(StockDeskTest, WhatIsNotForSaleIsNotFound) {
    const auto refused = hold(new_order(), {{"prod-none", 1}, {"prod-1", 1}, {"prod-draft", 1}, {"Not a slug", 1}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "PRODUCT_NOT_FOUND");
    EXPECT_THAT(pointers(refused.error()),
                testing::ElementsAre("/lines/0/product_id", "/lines/2/product_id", "/lines/3/product_id"));
    EXPECT_EQ(stock("prod-1").reserved, 0);
}

TEST_P(StockDeskTest, ConcurrentHoldsNeverOversell) {
    std::vector<Task<Result<Reservation>>> holds;
    for (int i = 0; i < 25; ++i) {
        std::vector<LineRequest> lines{{"prod-1", 1}};
        holds.push_back(desk_.hold(db_.context(), new_order(), std::move(lines), kLifetime));
    }
    const auto answers = db_.run(all(std::move(holds)));
    EXPECT_EQ(std::ranges::count_if(answers, [](const auto& answer) { return answer.has_value(); }), 10);
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer || answer.error().reason() == "OUT_OF_STOCK");
    }
    EXPECT_EQ(stock("prod-1").reserved, 10);
    EXPECT_EQ(stock("prod-1").on_hand, 10);
}

TEST_P(StockDeskTest, TheSameOrderTwiceAtOnceIsOneHold) {
    const auto order = new_order();
    std::vector<LineRequest> lines{{"prod-1", 2}};
    const auto answers =
        db_.run(both(desk_.hold(db_.context(), order, lines, kLifetime), desk_.hold(db_.context(), order, lines, kLifetime)));
    EXPECT_TRUE(answers.first);
    EXPECT_TRUE(answers.second);
    EXPECT_EQ(stock("prod-1").reserved, 2);
}

TEST_P(StockDeskTest, ACommitTakesTheStockOnce) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}, {"prod-1", 1}, {"prod-2", 2}}));
    for (int i = 0; i < 2; ++i) {
        const auto committed = end(order, ReservationEvent::commit);
        ASSERT_TRUE(committed);
        EXPECT_EQ(committed->status, ReservationStatus::committed);
        EXPECT_EQ(stock("prod-1").on_hand, 6);
        EXPECT_EQ(stock("prod-1").reserved, 0);
        EXPECT_EQ(stock("prod-2").on_hand, 0);
    }
}

TEST_P(StockDeskTest, AReleaseGivesTheStockBackOnce) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}, {"prod-1", 1}}));
    ASSERT_TRUE(hold(new_order(), {{"prod-1", 1}}));
    for (int i = 0; i < 2; ++i) {
        const auto released = end(order, ReservationEvent::release);
        ASSERT_TRUE(released);
        EXPECT_EQ(released->status, ReservationStatus::released);
        EXPECT_EQ(stock("prod-1").on_hand, 10);
        EXPECT_EQ(stock("prod-1").reserved, 1);
    }
}

TEST_P(StockDeskTest, WhatHasEndedOtherwiseIsClosed) {
    const auto taken = new_order();
    ASSERT_TRUE(hold(taken, {{"prod-1", 1}}) && end(taken, ReservationEvent::commit));
    EXPECT_EQ(end(taken, ReservationEvent::release).error().reason(), "RESERVATION_CLOSED");
    const auto returned = new_order();
    ASSERT_TRUE(hold(returned, {{"prod-1", 1}}) && end(returned, ReservationEvent::release));
    EXPECT_EQ(end(returned, ReservationEvent::commit).error().reason(), "RESERVATION_CLOSED");
    EXPECT_EQ(hold(returned, {{"prod-1", 1}}).error().reason(), "RESERVATION_CLOSED");
}

TEST_P(StockDeskTest, AnOrderWithoutHoldIsNotFound) {
    const auto missing = end(new_order(), ReservationEvent::release);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), Code::not_found);
    EXPECT_EQ(missing.error().reason(), "RESERVATION_NOT_FOUND");
}

TEST_P(StockDeskTest, AHoldExpiresWhenItsTimeIsOverAndNotBefore) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}}));
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

TEST_P(StockDeskTest, WhatWasTakenDoesNotExpire) {
    const auto order = new_order();
    ASSERT_TRUE(hold(order, {{"prod-1", 3}}) && end(order, ReservationEvent::commit));
    clock_.advance(kLifetime * 2);
    EXPECT_EQ(expire(), 0);
    EXPECT_EQ(stock("prod-1").on_hand, 7);
}

INSTANTIATE_TEST_SUITE_P(Engines, StockDeskTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
