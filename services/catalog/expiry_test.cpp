#include "services/catalog/expiry.hpp"

#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/schema.hpp"

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

TEST(Expiry, sweeps_at_once_when_started_and_stops_when_told) {
    test::TemporaryDatabase db{"sqlite::memory:", schema()};
    test::FakeClock clock;
    Random random{1};
    ProductStore products{db.database(), db.telemetry()};
    ReservationStore reservations{db.database(), db.telemetry()};
    StockReservations stock{products, reservations, clock, random, db.telemetry().meter};
    const auto id = *ProductId::parse("prod-1");
    std::vector<Product> one{{.id = id,
                              .name = "Cup",
                              .description = "",
                              .price = Money{1, *Currency::parse("EUR")},
                              .status = ProductStatus::active,
                              .stock = {.on_hand = 5, .reserved = 0}}};
    ASSERT_TRUE(db.run(products.insert(db.context(), std::move(one))));
    std::vector<LineRequest> lines{{"prod-1", 2}};
    ASSERT_TRUE(db.run(stock.reserve(db.context(), OrderId{Uuid{}}, std::move(lines), std::chrono::seconds{1})));
    clock.advance(std::chrono::seconds{2});

    Expiry expiry{db.loop(), stock, db.telemetry(), std::chrono::hours{1}};
    const auto sweep_once = [](Expiry& expiry, ProductStore& products, const CallContext& ctx,
                               ProductId id) -> Task<std::int64_t> {
        expiry.start();
        std::int64_t reserved = 2;
        while (reserved != 0) {
            co_await hop_to(ctx.loop());
            const auto product = co_await products.find(ctx, id);
            reserved = (**product).stock.reserved;
        }
        co_await expiry.stop();
        co_return reserved;
    };
    EXPECT_EQ(db.run(sweep_once(expiry, products, db.context(), id)), 0);
}

}  // namespace
}  // namespace tw::catalog
