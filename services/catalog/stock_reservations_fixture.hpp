#pragma once

#include "kit/async/combine.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/schema.hpp"
#include "services/catalog/stock_reservations.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tw::catalog {

inline constexpr std::chrono::seconds kLifetime{60};

/// Runs on the engine that the parameter names. There are ten pieces of prod-1, two of prod-2, and
/// prod-draft is a draft.
class StockReservationsTest : public testing::TestWithParam<std::string_view> {
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
    Result<Reservation> reserve(OrderId order, std::vector<LineRequest> lines) {
        return db_.run(reservations_.reserve(db_.context(), order, std::move(lines), kLifetime));
    }
    Result<Reservation> end(OrderId order, ReservationEvent event) {
        return db_.run(reservations_.end(db_.context(), order, event));
    }
    int expire() { return db_.run(reservations_.expire_overdue(db_.context()))->expired; }
    Stock stock(std::string_view id) { return (*db_.run(products_.find(db_.context(), *ProductId::parse(id))))->stock; }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    test::FakeClock clock_;
    Random random_{1};
    ProductStore products_{db_.database(), db_.telemetry()};
    ReservationStore reservation_store_{db_.database(), db_.telemetry()};
    StockReservations reservations_{products_, reservation_store_, clock_, random_, db_.telemetry().meter};
};

}  // namespace tw::catalog
